"""Rules that a person declares: held, refused with a reason, and beside what is known of a row."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import rules as r
from copulasynth.errors import DataError, FitWarning, SchemaError

N = 1000


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.fixture
def table(rng) -> pd.DataFrame:
    a, b = rng.integers(0, 60, N), rng.integers(0, 60, N)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, N), "D")
    return pd.DataFrame({"a": a, "b": b, "x": rng.normal(size=N), "w": rng.choice(list("pq"), N)}
                        ).assign(at=at)  # fmt: skip


def fit(df, *declared):
    return cs.fit(df, copula="gaussian", marginals="spline", rules=list(declared), rng=1)


def test_bounds_orders_and_checks_hold_in_every_row_and_are_listed(table):
    df = table.assign(b=table["a"] + table["b"])
    check = r.Check(lambda t: t["x"] < 3.5, "x is small")
    model = fit(df, r.Range("x", -4, 4), r.Order("a", "b"), check)
    rows = model.sample(4000, rng=2)
    assert rows["x"].between(-4, 3.5).all()
    assert (rows["a"] <= rows["b"]).all()
    assert {x.kind for x in model.schema.rules} == {"range", "order", "check"}
    pd.testing.assert_frame_equal(rows.head(50), model.sample(50, rng=2))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (lambda: r.Range("x", -1, 1), r"-1 <= x <= 1' does not hold in \d+ of 1,000 rows .first"),
        (lambda: r.Range("w", 0, 9), "'w' holds no numbers"),
        (lambda: r.Range("a", "x", "y"), "bounds are numbers"),
        (lambda: r.Range("a", 9, 0), "lies above"),
        (lambda: r.Range("a"), "give lower, upper or both"),
        (lambda: r.Order("a", "at"), "not all numbers, or all times"),
        (lambda: r.Order(["a", "b"]), "one by one"),
        (lambda: r.Order("a"), "needs 2 columns"),
        (lambda: r.Place("w", "a"), "two columns of numbers"),
        (lambda: r.Unique("a"), "rows repeat"),
        (lambda: r.Unique("a", "nope"), "names 'nope'"),
        (lambda: r.Identity(3), "a formula is a text"),
        (lambda: r.Identity("a = b + c"), "names 'c'"),
        (lambda: r.Order("a", "b", allow=2), "allow is a share below 1"),
        (lambda: r.Check(3), "needs a function"),
        (lambda: r.Check(lambda t: t["a"], "a"), "one truth value for each"),
        (lambda: r.Link("a = 0 -> w = z"), "no level 'z'"),
        (lambda: "a <= b", "expected a list of rules"),
    ],
)
def test_what_cannot_be_declared_says_why(table, declared, words):
    with pytest.raises(DataError, match=words):
        fit(table, declared())


def test_a_link_of_what_another_rule_derives_is_held_too(rng):
    claims = rng.poisson(0.4, N)
    paid = np.where(claims > 0, rng.integers(1, 900, N), 0)
    own = np.where(claims > 0, rng.choice([0, 100], N), 0)
    df = pd.DataFrame({"claims": claims, "amount": paid + own, "own": own, "paid": paid})
    identity, link = r.Identity("amount = own + paid"), r.Link("claims = 0 <-> amount = 0")
    rows = fit(df, identity, link).sample(4000, rng=1)
    assert (rows["amount"] == rows["own"] + rows["paid"]).all()
    assert ((rows["claims"] == 0) == (rows["amount"] == 0)).all()


def test_a_rule_that_is_true_but_taken_by_another_says_so(rng):
    a, b = rng.integers(1, 900, N), rng.integers(1, 900, N)
    df = pd.DataFrame({"a": a, "b": b, "total": a + b, "twice": 2 * (a + b)})
    with pytest.raises(DataError, match=r"is true, but .'total'. follow from other rules"):
        fit(df, r.Identity("total = a + b"), r.Identity("total = 0.5 * twice"))


def test_a_unique_rule_is_listed_and_said_not_to_be_held(table):
    df = table.assign(key=np.arange(N) * 3.5)
    with pytest.warns(FitWarning, match="not held"):
        model = fit(df, r.Unique("key"))
    assert "unique" in {x.kind for x in model.schema.rules}


def test_at_most_one_of_several_flags_can_be_declared(rng):
    k = rng.integers(0, 5, N)
    df = pd.DataFrame({f"c{j}": (k == j) * 1 for j in range(3)}).assign(x=rng.normal(size=N))
    rows = fit(df, r.OneHot("c0", "c1", "c2", at_most=True)).sample(4000, rng=1)
    assert set(rows[["c0", "c1", "c2"]].sum(axis=1)) == {0, 1}


def test_a_check_is_said_not_to_be_in_a_model_file(table, tmp_path):
    model = fit(table, r.Check(lambda t: t["a"] >= 0, "a is no debt"))
    with pytest.warns(FitWarning, match="'a is no debt' is Python code"):
        model.save(tmp_path / "m.json")
    assert len(cs.load(tmp_path / "m.json").sample(5, rng=1)) == 5


@pytest.mark.parametrize("line", ["kepp = false", 'kind = "ordr"'])
def test_a_misspelt_entry_of_a_rule_is_refused(table, tmp_path, line):
    path = tmp_path / "s.toml"
    fit(table, r.Order("a", "b", allow=0.9)).schema.to_file(path)
    text = path.read_text()
    path.write_text(text.replace('kind = "order"', line) if "kind" in line else text + line)
    with pytest.raises(SchemaError, match=r"\[\[rule\]\] number 1"):
        cs.Schema.from_file(path)


def test_known_values_of_a_sum_are_no_exceptions_to_it(rng):
    df = pd.DataFrame({"a": rng.integers(0, 60, N), "b": rng.integers(0, 60, N)})
    df["s"] = df["a"] + df["b"]
    df.loc[:14, "s"] += 5
    model = fit(df)
    rows = model.complete(df[["s", "a"]].tail(300), rng=1)
    assert (rows["a"] + rows["b"] == rows["s"]).all()
    assert (rows["b"].to_numpy() == df["b"].tail(300).to_numpy()).all()
    drawn = model.sample(300, given={"s": 40}, rng=1)
    assert (drawn["s"] == 40).all()
    assert (drawn["a"] + drawn["b"] != drawn["s"]).mean() < 0.05


def test_the_one_unknown_term_of_a_sum_of_times_follows(rng):
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, N), "D")
    df = pd.DataFrame({"start": start, "stay": rng.geometric(0.2, N)})
    df["end"] = df["start"] + pd.to_timedelta(df["stay"], "D")
    model = fit(df)
    for known in (["end", "stay"], ["start", "end"], ["start", "stay"]):
        pd.testing.assert_frame_equal(model.complete(df[known].head(200), rng=1), df.head(200))
    gaps = df.copy()
    gaps.loc[:40, "start"] = pd.NaT
    filled = fit(gaps).impute(gaps, m=1, rng=1)[0]
    pd.testing.assert_frame_equal(filled, df)


def test_rows_with_links_and_flags_are_completed(rng):
    claims = rng.poisson(0.5, N)
    amount = np.where(claims > 0, rng.gamma(2, 300, N).round(2), 0.0)
    df = pd.DataFrame({"claims": claims, "amount": amount, "x": rng.normal(size=N)})
    model = fit(df)
    for column in ("claims", "amount"):
        rows = model.complete(df[[column]].head(300), rng=1)
        assert ((rows["claims"] == 0) == (rows["amount"] == 0)).all()
        assert (rows[column].to_numpy() == df[column].head(300).to_numpy()).all()
    k = rng.integers(0, 3, N)
    flags = pd.DataFrame({f"is_{j}": (k == j) * 1 for j in range(3)}).assign(x=rng.normal(size=N))
    rows = fit(flags).complete(flags[["is_0"]].head(300), rng=1)
    assert (rows[["is_0", "is_1", "is_2"]].sum(axis=1) == 1).all()


def test_with_times_a_formula_adds_and_subtracts_and_its_signs_count(rng):
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, N), "D")
    df = pd.DataFrame({"start": start, "stay": rng.geometric(0.2, N)})
    df["end"] = df["start"] + pd.to_timedelta(df["stay"], "D")
    for formula in ("end = start + stay", "stay = end - start", "start = end - stay"):
        assert [x.words for x in fit(df, r.Identity(formula)).schema.rules] == [
            "end = start + stay"
        ]
    for formula in ("end = start - stay", "stay = end + start", "end = start + stay + 5"):
        with pytest.raises(DataError, match="does not hold") as e:
            fit(df, r.Identity(formula))
        assert ("sum of two dates is none" in str(e.value)) == (formula == "stay = end + start")
    for formula in ("end = start + 3 * stay", "end = start * stay"):
        with pytest.raises(SchemaError, match="only added and subtracted"):
            fit(df, r.Identity(formula))


def test_known_values_lie_on_the_grid_of_their_column(rng):
    df = pd.DataFrame({"a": rng.integers(0, 50, N)}).assign(b=lambda t: t["a"] * 1.5)
    with pytest.raises(DataError, match=r"'a' holds whole numbers; .* not 7\.5"):
        fit(df).complete(pd.DataFrame({"a": [7.0, 7.5]}), rng=1)


def test_an_open_interval_of_levels_asks_for_any_value(rng):
    df = pd.DataFrame({"g": rng.choice(["p", "q", None], N), "x": rng.normal(size=N)})
    assert fit(df).sample(300, given={"g": cs.between()}, rng=1)["g"].notna().all()


def test_a_check_reaches_the_search_and_warns_of_nothing(table):
    check = r.Check(lambda t: t["a"] + t["b"] < 130, "small")
    df = table[["a", "b"]].head(120)
    model = cs.fit(df, copula="auto", rules=[check], rng=1)
    assert sum(x.kind == "check" for x in model.schema.rules) == 1
    assert (model.sample(500, rng=1).sum(axis=1) < 130).all()


def test_a_check_is_called_by_a_name_that_stays():
    def grown_up(t):
        return t["a"] > 18

    assert r.Check(grown_up).words == "grown_up"
    assert r.Check(lambda t: t["a"] > 1).words == "<lambda>"


def test_a_rule_of_another_table_that_does_not_hold_is_listed_as_not_kept(table):
    schema = replace(cs.Schema.infer(table), rules=(replace(r.Order("a", "b"), obey=9, told=9),))
    with pytest.warns(FitWarning, match="modelled freely"):
        model = cs.fit(table, copula="gaussian", marginals="spline", schema=schema, rng=1)
    assert [rule.keep for rule in model.schema.rules] == [False]


def journeys(rng):
    """Return times, texts of days and spans, in which three rows break every rule."""
    day, days = rng.integers(0, 700, N), rng.integers(1, 40, N)
    first = pd.Timestamp("2021-01-01")
    start, end = (pd.Series(first + pd.to_timedelta(x, "D")) for x in (day, day + days))
    df = pd.DataFrame({"start": start, "end": end, "days": days, "name": start.dt.month_name()})
    df["took"] = pd.to_timedelta(days * 60, "min")
    df["most"] = pd.to_timedelta(days * 60 + 30, "min")
    df["sent"], df["got"] = (x.dt.strftime("%d.%m.%Y") for x in (start, end))
    df["year"], df["month"], df["day"] = start.dt.year, start.dt.month, start.dt.day
    df["p"], df["q"] = day % 2, 1 - day % 2
    bad = [7, 11, 300]
    df.loc[bad, "end"], df.loc[bad, "got"] = first - pd.Timedelta(days=90), "01.02.2019"
    df.loc[bad, "took"] += pd.Timedelta(days=9)
    df.loc[bad, ["month", "day"]] = 2, 30
    df.loc[bad, "q"] = df.loc[bad, "p"]
    df.loc[bad, "name"] = df.loc[bad, "name"].map(lambda m: "May" if m != "May" else "June")
    return df


BROKEN = [
    r.Order("start", "end"),
    r.Order("sent", "got", strict=True),
    r.Order("took", "most"),
    r.Identity("end = start + days"),
    r.Identity("days = end - start"),
    r.Identity("got = sent + days"),
    r.Identity("name = month of start"),
    r.Identity("name = lookup of month"),
    r.Calendar("year", "month", "day"),
    r.OneHot("p", "q"),
]


@pytest.mark.parametrize("rule", BROKEN, ids=lambda rule: rule.words)
def test_a_declared_rule_says_how_many_rows_break_it(rule, rng):
    df = journeys(rng)
    if rule.words == "name = lookup of month":
        df["month"] = df["start"].dt.month
    with pytest.raises(DataError, match=r"in 3 of 1,000 rows .first: position 7"):
        fit(df, rule)


def test_all_rows_break_a_sum_of_times_that_is_off_by_a_day(rng):
    df = journeys(rng).assign(days=lambda t: t["days"] + (np.arange(N) % 2) + 1)
    with pytest.raises(
        DataError, match=r"in 1,000 of 1,000 rows .first: position 0.. Mend the rows, or"
    ):
        fit(df, r.Identity("end = start + days"))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (r.Range("at", 0, 1), "'at' holds times, which numbers do not bound"),
        (r.Calendar("a"), "'a' holds no dates"),
        (r.Lattice("x"), "may be chance"),
    ],
)
def test_rules_of_times_and_numbers_that_cannot_be_say_so(table, rule, words):
    with pytest.raises(DataError, match=words):
        fit(table, rule)


def test_bounds_of_spans_are_seconds_and_those_of_long_numbers_their_own(rng):
    a = rng.integers(5, 90, N)
    df = pd.DataFrame({"took": pd.to_timedelta(a, "min"), "key": 10**17 + a, "x": rng.random(N)})
    fit(df, r.Range("took", 0, 5400), r.Range("key", 10**17, 10**17 + 96))
    with pytest.raises(DataError, match="does not hold in"):
        fit(df, r.Range("took", 0, 600))


def test_a_place_of_whole_numbers_stands_beside_what_follows_from_one(table):
    df = table.assign(twice=table["a"] * 2)
    rows = fit(df, r.Place("a", "b")).sample(500, rng=1)
    assert (rows["twice"] == rows["a"] * 2).all()
