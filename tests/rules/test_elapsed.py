"""Terms of months and ages in whole years follow from times, in every drawn row."""

import warnings

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.rules import Identity
from copulasynth.rules.identity.elapsed import _elapsed, _later
from copulasynth.schema import Schema
from tests.rules.varied import CHANGES, generator, rules_of, varied, written

N = 700


def days(r, start, span):
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(r.integers(0, span, N), "D"))


def after(start, months):
    pairs = zip(start, months, strict=True)
    return pd.Series([t + pd.DateOffset(months=int(m)) for t, m in pairs])


def age_at(born, to):
    early = (to.dt.month * 100 + to.dt.day) < (born.dt.month * 100 + born.dt.day)
    return to.dt.year - born.dt.year - early


def loans(r):
    start, term = days(r, "2020-01-01", 900), r.choice([6, 12, 24, 36], N)
    return pd.DataFrame({"due": after(start, term), "term": term, "start": start})


def leases(r):
    start, years = days(r, "2015-06-01", 1500), r.integers(1, 6, N)
    df = pd.DataFrame({"years": years, "end": after(start, 12 * years), "from": start})
    return df.assign(**{k: df[k].dt.strftime("%d/%m/%Y") for k in ("end", "from")})


def policies(r):
    start = days(r, "2019-01-01", 1400)
    return pd.DataFrame({"renewed": after(start, [12] * N), "start": start, "x": r.random(N)})


def visits(r):
    born, visit = days(r, "1935-01-01", 29_000), days(r, "2021-03-01", 700)
    return pd.DataFrame({"age": age_at(born, visit), "visit": visit, "born": born})


def people(r):
    born = days(r, "1940-01-01", 24_000)
    to = pd.Series(pd.Timestamp("2024-05-01")).repeat(N).reset_index(drop=True)
    return pd.DataFrame({"born": born, "age": age_at(born, to), "w": r.normal(70, 9, N).round(1)})


def careers(r):
    hired, stay = days(r, "2010-01-01", 3000), r.gamma(2, 400, N).astype(int) + 5
    left = hired + pd.to_timedelta(stay, "D")
    months = 12 * (left.dt.year - hired.dt.year) + left.dt.month - hired.dt.month
    tenure = months - (left.dt.day < hired.dt.day)
    return pd.DataFrame({"hired": hired, "left": left, "tenure": tenure})


FOUND = {
    loans: "due = term months after start",
    leases: "end = years years after from",
    policies: "renewed = 12 months after start",
    visits: "age = years from born to visit",
    people: "age = years from born to 2024-05-01",
    careers: "tenure = months from hired to left",
}


@pytest.mark.parametrize("table", FOUND)
def test_months_and_years_between_times_are_found_and_hold(table, tmp_path):
    df, formula = table(generator(2)), FOUND[table]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cs.fit(df, copula="gaussian", rng=1)
        model.schema.to_file(tmp_path / "s.toml")
        again = cs.fit(df, copula="gaussian", schema=Schema.from_file(tmp_path / "s.toml"), rng=1)
    assert formula in {rule.words for rule in model.schema.rules}
    model.save(tmp_path / "m.json")
    drawn = cs.load(tmp_path / "m.json").sample(2000, rng=2)
    pd.testing.assert_frame_equal(again.sample(2000, rng=2), drawn)
    assert rules_of(drawn, rules=[Identity(formula)])[formula] == 1


@pytest.mark.parametrize("change", CHANGES)
def test_terms_and_ages_are_found_however_the_table_stands(change):
    rng = generator(3)
    for table, target, parent in ((loans, "due", "start"), (visits, "age", "born")):
        df, names = varied(table(rng), change, target, parent, rng)
        assert written(names, FOUND[table]) in rules_of(df)


def test_months_end_on_the_last_day_of_shorter_months_and_birthdays_are_kept():
    first = pd.Timestamp("2023-12-31")
    start = pd.date_range(first, periods=800)
    x = ((start - pd.Timestamp("1970-01-01")).days).to_numpy(np.float64)
    for k in (1, 2, 12, -5):
        want = (start + pd.DateOffset(months=k) - pd.Timestamp("1970-01-01")).days
        assert (_later(x, np.full(x.size, float(k))) == want).all()
    assert _elapsed(np.array([11016.0]), np.array([18321.0, 18320.0])).tolist() == [240, 239]


def test_a_declared_term_or_age_says_how_many_rows_break_it():
    df = visits(generator(4)).assign(due=lambda t: after(t["visit"], [6] * N))
    df.loc[[5, 9], "age"] += 1
    df.loc[[2, 3, 4], "due"] += pd.Timedelta(days=1)
    with pytest.raises(DataError, match=r"in 2 of 700 rows \(first: position 5\)"):
        rules_of(df, rules=[Identity("age = years from born to visit")])
    with pytest.raises(DataError, match=r"in 3 of 700 rows \(first: position 2\)"):
        rules_of(df, rules=[Identity("due = 6 months after visit")])
    with pytest.raises(DataError, match="'age' holds no dates"):
        rules_of(df, rules=[Identity("due = 6 months after age")])


def test_a_fixed_number_of_days_is_no_term_of_months():
    df = pd.DataFrame({"sent": days(generator(5), "2021-03-01", 200)})
    assert set(rules_of(df.assign(due=df["sent"] + pd.Timedelta(days=365)))) == {"due = sent + 365"}


@pytest.mark.parametrize("seed", range(3))
def test_independent_ages_and_terms_are_none(seed):
    r = generator(40 + seed)
    df = pd.DataFrame({"born": days(r, "1940-01-01", 20_000), "seen": days(r, "2022-01-01", 300)})
    df["age"], df["term"] = r.integers(18, 90, N), r.choice([6, 12, 24], N)
    df["due"] = days(r, "2023-01-01", 900)
    assert not any(words.startswith(("age =", "due =", "seen =")) for words in rules_of(df))


def test_what_rounding_makes_of_dates_near_both_ends_of_a_term_is_no_rule():
    r = generator(6)
    df = loans(r)
    late = np.where(r.random(N) < 0.2, r.geometric(0.1, N), -r.integers(0, 9, N))
    df = df.assign(paid=df["due"] + pd.to_timedelta(late, "D"), late=np.maximum(0, late))
    found = {words for words in rules_of(df) if "<" not in words}
    assert found == {"due = term months after start", "late = max(0, paid - due)"}
