"""Numbers that are equal in a share of the rows are found, and are equal as often when drawn."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, spearmanr

import copulasynth as cs
from copulasynth.errors import CopulasynthError
from copulasynth.metrics import rules_kept
from copulasynth.model import declare
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.ties import find_ties
from copulasynth.schema import Rule
from copulasynth.schema.column import Variable

N = 2500


def either(rng, share, same, other):
    return np.where(rng.random(len(same)) < share, same, other)


def bills(rng):
    bill = rng.lognormal(7, 1, N).round()
    paid = either(rng, 0.2, bill, (rng.lognormal(6, 1, N) / 100).round() * 100)
    return pd.DataFrame({"limit": rng.lognormal(9, 0.5, N).round(), "bill": bill, "paid": paid})


def cents(rng):
    asked = rng.gamma(2, 40, N).round(2)
    return pd.DataFrame(
        {"asked": asked, "got": either(rng, 0.6, asked, rng.gamma(2, 30, N).round(2))}
    )


def floats(rng):
    a = rng.normal(0, 10, N)
    return pd.DataFrame({"a": a, "b": either(rng, 0.05, a, rng.normal(2, 7, N))})


def dates(rng):
    ordered = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 900, N), "D")
    other = pd.Timestamp("2020-06-01") + pd.to_timedelta(rng.integers(0, 1200, N), "D")
    return pd.DataFrame({"ordered": ordered, "billed": either(rng, 0.3, ordered, other)})


def gappy(rng):
    t = bills(rng)
    t.loc[rng.random(N) < 0.2, "paid"] = np.nan
    t.loc[rng.random(N) < 0.1, "bill"] = np.nan
    return t


def chain(rng):
    first = rng.lognormal(5, 1, N).round()
    second = either(rng, 0.3, first, rng.lognormal(5, 1, N).round())
    third = either(rng, 0.3, second, rng.lognormal(5, 1, N).round())
    return pd.DataFrame({"first": first, "second": second, "third": third})


def zeros(rng):
    t = bills(rng)
    t.loc[rng.random(N) < 0.3, "bill"] = 0
    t["paid"] = np.where(t.bill == 0, 0, t.paid)
    return t.assign(paid=np.where(rng.random(N) < 0.1, 0, t.paid))


TABLES = {f.__name__: f for f in (bills, cents, floats, dates, gappy, chain, zeros)}
TIED = {
    "bills": ("bill", "paid"), "cents": ("asked", "got"), "floats": ("a", "b"),
    "dates": ("ordered", "billed"), "gappy": ("bill", "paid"), "chain": ("first", "second"),
}  # fmt: skip


def equal(t, names):
    a, b = (t[name] for name in names)
    return float((a == b)[a.notna() & b.notna()].mean())


def ties_of(model):
    return [r for r in model.schema.rules if r.kind == "tie" and r.keep]


@pytest.mark.parametrize("name", TIED)
def test_ties_are_found_in_any_order_of_columns_and_drawn_as_often(name):
    table, names = TABLES[name](np.random.default_rng(5)), TIED[name]
    for order in permutations(table.columns):
        found = declare(table[list(order)]).rules
        assert set(names) in [set(r.columns) for r in found if r.kind == "tie" and r.keep]
    model = cs.fit(table[list(order)], copula="gaussian", marginals="spline", rng=1)
    drawn = model.sample(20_000, rng=2)
    assert abs(equal(drawn, names) - equal(table, names)) < 0.01
    for column in names:
        found, real = (t[column].dropna().astype("int64" if name == "dates" else float)
                       for t in (drawn, table))  # fmt: skip
        # as far as a sample of 2,500 tells, at one in a thousand
        assert ks_2samp(found, real).statistic < 1.95 * np.sqrt(1 / N + 1 / 20_000) + 0.01


def test_a_tie_among_zeros_keeps_zeros_and_equal_amounts():
    table = zeros(np.random.default_rng(5))
    drawn = cs.fit(table, copula="tree", rng=1).sample(20_000, rng=2)
    both = lambda t: ((t.bill == t.paid) & (t.bill > 0)).mean()  # noqa: E731
    assert abs(both(drawn) - both(table)) < 0.02
    assert abs((drawn.paid == 0).mean() - (table.paid == 0).mean()) < 0.01


def test_who_pays_in_full_depends_on_other_columns_and_the_made_one_keeps_its_dependence():
    rng = np.random.default_rng(8)
    table = bills(rng)
    full = rng.random(N) < 1 / (1 + np.exp((np.log(table.bill) - 6) * 2))
    table["paid"] = np.where(full, table.bill, (table.bill / 20).round())
    drawn = cs.fit(table, rng=1).sample(20_000, rng=2)
    for few in (table.bill < 500, table.bill > 2000):
        part = table[few]
        low, high = part.bill.min(), part.bill.max()
        same = drawn[drawn.bill.between(low, high)]
        assert abs(equal(part, ("bill", "paid")) - equal(same, ("bill", "paid"))) < 0.05
    assert abs(spearmanr(drawn.bill, drawn.paid)[0] - spearmanr(table.bill, table.paid)[0]) < 0.04


def coordinates(**columns):
    x = np.column_stack(list(columns.values()))
    return Coordinates(
        x, tuple(Variable(n, j, "continuous", step=1.0) for j, n in enumerate(columns))
    )


@pytest.mark.parametrize("seed", range(10))
def test_neighbours_heaps_and_dependent_counts_make_no_tie(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([300, 3000, 20_000]))
    age = rng.integers(20, 80, n)
    heaped = np.where(rng.random((2, n)) < 0.5, rng.integers(1, 9, (2, n)) * 1000.0,
                      rng.gamma(2, 2000, (2, n)).round())  # fmt: skip
    laplace = rng.laplace(0, 3, n).round()
    size = rng.gamma(3, 30, n)
    c = coordinates(
        husband=age, wife=age + laplace, rent=heaped[0], loan=heaped[1],
        persons=rng.poisson(size), adults=rng.poisson(size), copy=rng.permutation(age),
    )  # fmt: skip
    assert not find_ties(c).found


def test_a_tie_is_declared_refused_kept_in_files_and_judged(tmp_path):
    table = bills(np.random.default_rng(5))
    found = cs.fit(table, copula="gaussian", marginals="spline", rng=1)
    (record,) = ties_of(found)
    assert record.obey == int((table.bill == table.paid).sum())
    refused = Rule("tie", record.columns, record.formula, keep=False)
    assert not ties_of(cs.fit(table, copula="gaussian", rules=[refused], rng=1))
    few = table.assign(paid=np.where(np.arange(N) < 20, table.bill, -1.0 - np.arange(N)))
    declared = cs.fit(few, copula="gaussian", rules=[cs.rules.Tie("paid", "bill")], rng=1)
    assert ties_of(declared)[0].obey == 20
    with pytest.raises(CopulasynthError, match=r"does in 0 of 2,500 rows.*too few to learn"):
        cs.fit(few.assign(paid=-few.paid - 1), rules=[cs.rules.Tie("paid", "bill")], rng=1)
    found.save(tmp_path / "model.json")
    again = cs.load(tmp_path / "model.json")
    pd.testing.assert_frame_equal(found.sample(500, rng=3), again.sample(500, rng=3))
    # a synthetic table is not blamed for rows that are not equal, and their share is told
    score = rules_kept(table, found.sample(N, rng=4), schema=found.schema)
    row = score.table.set_index("kind").loc["tie"]
    assert score.value == 1.0
    assert abs(row.synthetic - row.real) < 0.03


def test_rows_of_given_values_and_completed_rows_follow_a_tie():
    table = bills(np.random.default_rng(5))
    model = cs.fit(table, copula="gaussian", marginals="spline", rng=1)
    drawn = model.sample(4000, rng=1, given={"bill": 1000})
    assert (drawn.bill == 1000).all()
    assert 0.1 < (drawn.paid == 1000).mean() < 0.35
    known = table[["limit", "bill"]].head(1000)
    whole = model.complete(known, rng=1)
    assert 0.1 < equal(whole, ("bill", "paid")) < 0.35


@pytest.mark.parametrize("copula", ["gaussian", "auto"])
@pytest.mark.parametrize("known", ["bill", "pay"])
def test_whichever_of_two_is_known_they_are_equal_as_often(copula, known):
    rng = np.random.default_rng(0)
    bill = rng.lognormal(3, 0.7, 800).round(2)
    table = pd.DataFrame(
        {"bill": bill, "pay": either(rng, 0.35, bill, rng.lognormal(3, 0.7, 800).round(2))}
    )
    model = cs.fit(table, copula=copula, rng=1)
    whole = model.complete(table[[known]], rng=1)
    assert abs(equal(whole, ("bill", "pay")) - equal(table, ("bill", "pay"))) < 0.06
    drawn = model.sample(1000, given={known: 20.0}, rng=1)
    assert (drawn[known] == 20).all()
    # at one value trees say what a leaf of few rows says
    assert abs(equal(drawn, ("bill", "pay")) - 0.35) < (0.25 if copula == "auto" else 0.09)
    apart = model.sample(50, given={"bill": 20.0, "pay": 30.0}, rng=1)
    assert ((apart.bill == 20) & (apart.pay == 30)).all()


def test_copulas_see_a_tied_value_in_all_rows_and_exceptions_are_never_equal():
    rng = np.random.default_rng(3)
    bill = rng.lognormal(4, 0.7, 1500).round()
    table = pd.DataFrame(
        {"bill": bill, "pay": either(rng, 0.4, bill, (bill * rng.lognormal(0, 0.3, 1500)).round())}
    )
    model = cs.fit(table, copula="gaussian", marginals="spline", rng=1)
    (rule,) = (r for r in model.rules if getattr(r, "tie", False))
    x = np.full((4, 3), np.nan)
    x[rule.derivation.target], x[rule.derivation.parents[0]] = [5.0, 5.0, 5.0], [5.0, 7.0, np.nan]
    rule.split(x)
    # a row whose parent is missing says nothing of ties
    np.testing.assert_array_equal(x[rule.own], [5.0, 5.0, np.nan])
    np.testing.assert_array_equal(x[rule.flag], [0.0, 1.0, np.nan])
    x[rule.flag] = 1.0
    np.testing.assert_array_equal(rule.holds(x), [False, True, True])
    # whole numbers of two columns that go together meet by chance
    drawn = model.sample(20_000, rng=2)
    assert abs(equal(drawn, ("bill", "pay")) - equal(table, ("bill", "pay"))) < 0.01


def test_methods_that_hold_no_ties_compare_no_tied_columns_and_still_add_them():
    rng = np.random.default_rng(3)
    bill = rng.lognormal(4, 0.7, 1500).round(2)
    table = pd.DataFrame(
        {"bill": bill, "pay": either(rng, 0.4, bill, rng.lognormal(4, 0.7, 1500).round(2))}
    )
    paid = np.where(table["bill"] == table["pay"], "yes", "no")
    table = table.assign(paid=paid, twice=2 * table["pay"], both=table.sum(axis=1).round(2))
    drawn = cs.SequentialCart().fit(table, rng=1).sample(2000, rng=2)
    assert abs((drawn["paid"] == "yes").mean() - 0.4) < 0.06
    np.testing.assert_allclose(drawn["twice"], 2 * drawn["pay"], atol=0.011)
    np.testing.assert_allclose(drawn["both"], drawn["bill"] + drawn["pay"], atol=0.011)
