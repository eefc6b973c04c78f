"""Numbers that differ by a constant, or have one ratio, in a share of the rows are tied."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import copulasynth as cs
from copulasynth.errors import CopulasynthError
from copulasynth.metrics import rules_kept
from copulasynth.model import declare
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.ties import find_factors, find_ties
from copulasynth.schema.column import Variable

N = 2500


def either(rng, share, same, other):
    return np.where(rng.random(len(same)) < share, same, other)


def ties(model):
    return [r for r in model.schema.rules if r.kind == "tie" and r.keep]


def sale(rng):
    listed = rng.lognormal(4, 1, N).round(2)
    asked = (listed * rng.lognormal(0, 0.2, N)).round(2)
    return pd.DataFrame({"list": listed, "price": either(rng, 0.3, (0.9 * listed).round(2), asked)})


def priced(rng):
    t = sale(rng)
    return t.assign(price=either(rng, 0.2, (0.9 * t["list"]).round(2), t["list"]))


def fees(rng):
    amount = rng.lognormal(6, 1, N).round(2)
    asked = (amount * rng.uniform(0.005, 0.03, N)).round(2)
    return pd.DataFrame(
        {"amount": amount, "fee": either(rng, 0.6, (0.015 * amount).round(2), asked)}
    )


def deadlines(rng):
    start = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 900, N), "D")
    days = either(rng, 0.4, np.full(N, 30), rng.integers(-20, 200, N))
    return pd.DataFrame({"start": start, "deadline": start + pd.to_timedelta(days, "D")})


def logs(rng):
    size = np.log(rng.lognormal(3, 1, N))
    size[: N // 3] = np.log(rng.choice([5.0, 20.0, 80.0], N // 3))
    plan = rng.choice(4, N, p=[0.3, 0.3, 0.2, 0.2])
    added = np.array([np.log(1.7), np.log(2.9), np.log(4.3), np.nan])[plan]
    ends = np.where(plan < 3, size + added, rng.normal(4, 1, N))
    return pd.DataFrame({"size": size.round(6), "end": ends.round(6)})


#: Tables, what is said of them, and by how much the two differ, or their ratio.
CONSTANT = {
    "sale": ("price = 0.9 * list", lambda t: (t["price"] - 0.9 * t["list"]).abs() < 0.00501, 0.3),
    "priced": ("price = 0.9 * list or list", lambda t: t["price"] < t["list"], 0.2),
    "fees": ("fee = 0.015 * amount", lambda t: (t.fee - 0.015 * t.amount).abs() < 0.00501, 0.6),
    "deadlines": ("deadline = start + 30", lambda t: (t.deadline - t.start).dt.days == 30, 0.4),
    "logs": (None, lambda t: (t["end"] - t["size"] - np.log(2.9)).abs() < 3e-6, 0.3),
}
MADE = {f.__name__: f for f in (sale, priced, fees, deadlines, logs)}


@pytest.mark.parametrize("name", CONSTANT)
def test_constants_and_factors_are_found_and_drawn_as_often(name, tmp_path):
    table, (said, holds, share) = MADE[name](np.random.default_rng(5)), CONSTANT[name]
    model = cs.fit(table, copula="gaussian", marginals="spline", rng=1)
    (record,) = ties(model)
    assert said in (None, record.formula)
    drawn = model.sample(20_000, rng=2)
    assert abs(holds(table).mean() - share) < 0.04
    assert abs(holds(drawn).mean() - holds(table).mean()) < 0.015
    model.save(tmp_path / "model.json")
    pd.testing.assert_frame_equal(cs.load(tmp_path / "model.json").sample(99, rng=2), drawn[:99])
    declared = cs.fit(table, copula="gaussian", rules=[cs.rules.Tie(record.formula)], rng=1)
    assert ties(declared)[0].obey == record.obey
    again = declare(table[list(table.columns[::-1])]).rules
    assert [r.formula for r in again if r.kind == "tie"] == [record.formula]
    assert rules_kept(table, drawn, schema=model.schema).value == 1.0
    model.export_release(tmp_path / "coarse.json")
    coarse = cs.load(tmp_path / "coarse.json").sample(20_000, rng=2)
    assert abs(holds(coarse).mean() - holds(table).mean()) < 0.02


def test_a_derived_value_is_the_one_that_many_rows_have_not_its_neighbour():
    table = logs(np.random.default_rng(5))
    drawn = cs.fit(table, copula="gaussian", rng=1).sample(20_000, rng=2)
    for column in ("size", "end"):
        usual = table[column].value_counts(normalize=True)
        usual = usual[usual > 0.02]
        assert len(usual) > 2
        assert (drawn[column].value_counts(normalize=True)[usual.index] > usual / 2).all()


@pytest.mark.parametrize("known", ["amount", "fee"])
def test_rows_are_completed_by_a_factor_from_either_side(known):
    table = fees(np.random.default_rng(5))
    model = cs.fit(table, rng=1)
    whole = model.complete(table[[known]].head(300), rng=1)
    assert abs(CONSTANT["fees"][1](whole).mean() - 0.6) < 0.1


@pytest.mark.parametrize("seed", range(8))
def test_grids_counts_years_and_common_parts_make_no_constants(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([200, 1500, 8000]))
    to = lambda x, grid, share=1.0: np.where(rng.random(n) < share, (x / grid).round() * grid, x)  # noqa: E731
    age, common, size = rng.integers(18, 80, n), rng.lognormal(5, 0.8, n), rng.gamma(3, 30, n)
    columns = {
        "five": to(rng.gamma(2, 100, n), 5),
        "ten": to(rng.gamma(2, 100, n), 10),
        "fifty": to(rng.gamma(2, 1000, n), 50),
        "half tens": to(rng.gamma(2, 500, n).round(), 10, 0.5),
        "tens": to(rng.gamma(2, 500, n).round(), 10, 0.6),
        "hundreds": to(rng.lognormal(8, 1, n).round(), 100, 0.5),
        "age": age,
        "later": age + rng.geometric(0.2, n),
        "born": 2020 - age - rng.integers(0, 2, n),
        "persons": rng.poisson(size),
        "beds": rng.poisson(2 * size),
        "one": (common + rng.gamma(2, 20, n)).round(2),
        "other": (common + rng.gamma(2, 20, n)).round(2),
        "whole": common.round(),
        "rough": (common + rng.laplace(0, 0.02, n)).round(2),
        "powers": 2.0 ** rng.integers(4, 30, n),
        "bits": 2.0 ** rng.integers(4, 30, n),
    }
    steps = {"one": 0.01, "other": 0.01, "rough": 0.01}
    variables = [
        Variable(name, j, "continuous", step=steps.get(name, 1.0)) for j, name in enumerate(columns)
    ]
    c = Coordinates(np.column_stack([*columns.values()]).astype(float), tuple(variables))
    assert not find_factors(c).found
    assert not find_ties(c).found


def test_what_reads_as_no_tie_is_refused():
    table = fees(np.random.default_rng(5))
    for formula in ("fee = amount^2", "fee = 0.015 * amount or 3", "fee ="):
        with pytest.raises(CopulasynthError):
            cs.fit(table, rules=[cs.rules.Tie(formula)], rng=1)
    with pytest.raises(CopulasynthError, match=r"does in [0-9]+ of 2,500 rows.*too few to learn"):
        cs.fit(table, rules=[cs.rules.Tie("fee = amount + 5")], rng=1)


def test_no_number_is_tied_to_one_that_is_unknown_where_it_is_known():
    rng = np.random.default_rng(5)
    plan = rng.choice(["flat", "use", "mix"], N)
    minutes = rng.gamma(2, 50, N).round(1)
    used, mixed = (0.2 * minutes).round(2), (20 + np.maximum(0.3 * (minutes - 100), 0)).round(2)
    charge = np.select([plan == "flat", plan == "use"], [30.0, used], mixed)
    model = cs.fit(
        pd.DataFrame({"plan": plan, "minutes": minutes, "charge": charge}), copula="gaussian", rng=1
    )
    drawn = model.sample(20_000, rng=2)["minutes"]
    assert scipy.stats.ks_2samp(drawn, minutes).statistic < 0.04
