"""The clock names every stage of a fit, and knows what its time grows with."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.copulas import Calibrated, Tree
from copulasynth.fitting import clock, expected
from copulasynth.fitting.clock import Shape, stages
from copulasynth.synthesizers import cost
from copulasynth.synthesizers.registry import METHODS


class Unmeasured:
    """Knobs of a copula that nobody timed."""

    def fit(self, cells, /, *, rng=None):
        raise NotImplementedError


@pytest.fixture(scope="module")
def telecom() -> pd.DataFrame:
    return cs.datasets.simulate_telecom(400, rng=1)[["age", "plan", "data_mb", "income", "churn"]]


@pytest.mark.parametrize("copula", ["auto", "gaussian", "tree", "gaussian + calibration", "smote"])
def test_what_is_said_is_what_was_foretold_in_order(telecom, copula):
    said = []
    cs.fit(telecom, copula=copula, rng=1, progress=said.append)
    heard = [line.name for line in said if isinstance(line, clock.Stage)][1:]
    made = copula if copula == "auto" else next(m for m in METHODS if m.name == copula).make()
    foretold = list(stages(made, Shape.of(telecom)))
    # a method without a copula is one stage, which its own fit does not announce
    assert heard == ([] if copula == "smote" else foretold)
    assert said[0].startswith(f"fitting {copula if copula == 'auto' else type(made).__name__} to ")


def test_every_stage_has_seconds_and_the_first_line_their_sum(telecom):
    said = []
    cs.fit(telecom, rng=1, progress=said.append)
    first, *rest = [line for line in said if isinstance(line, clock.Stage)]
    assert all(line.seconds > 0 for line in rest)
    assert first.seconds == pytest.approx(sum(line.seconds for line in rest))


def test_seconds_are_those_of_the_machine(monkeypatch):
    monkeypatch.setattr(clock, "pace", lambda: 1.0)
    here = stages("auto", Shape(5000, 20, 10))
    monkeypatch.setattr(clock, "pace", lambda: 2.0)
    slow = stages("auto", Shape(5000, 20, 10))
    assert slow == pytest.approx({stage: 2 * seconds for stage, seconds in here.items()})


def test_seconds_grow_with_rows_variables_and_numbers():
    for copula in ("auto", "search"):
        base = expected(copula, 2500, 20)
        assert expected(copula, 10_000, 20) > base
        assert expected(copula, 2500, 50) > base
    few, many = (sum(stages("auto", Shape(2500, 20, k)).values()) for k in (0, 20))
    assert few < many
    assert cost.tree(Tree(bags=8), 2500, 20) > cost.tree(Tree(bags=3), 2500, 20)
    assert cost.calibration(Calibrated(sweeps=30), 2500, 20) > cost.calibration(
        Calibrated(), 2500, 20
    )
    assert expected("search", 5000, 20) > 5 * expected("auto", 5000, 20)
    assert np.isnan(expected(Unmeasured(), 500, 5))


def test_every_constant_has_its_feature():
    assert len(cost.READING) == len(cost.FEATURES["READING"](10, 2, 1, 0))
    for constants in cost.MARGINS.values():
        assert len(constants) == len(cost.FEATURES["MARGINS"](2, True, 1))
    assert len(cost.GAUSSIAN) == len(cost.FEATURES["GAUSSIAN"](10, 2))
    for name, constants in (("TREE", cost.TREE), ("CALIBRATION", cost.CALIBRATION)):
        knobs = Tree() if name == "TREE" else Calibrated()
        assert len(constants) == len(cost.FEATURES[name](10, 2, knobs))
    assert min(*cost.TREE, *cost.CALIBRATION, *cost.MARGINALS, *cost.READING) >= 0


def test_a_shape_counts_gaps_and_numbers_and_looks_at_few_rows(telecom):
    df = pd.DataFrame(
        {"x": np.arange(500.0), "k": np.arange(500) % 3, "g": ["a", None] * 250, "s": "one"}
    )
    here = Shape(rows=500, variables=5, numbers=1, ordered=2, gaps=True)
    assert Shape.of(df) == here
    df["x"] = df["x"].where(df["x"] > 60, 0.0)
    assert Shape.of(df) == replace(here, atoms=1)
    df["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(df.index, "D")
    assert Shape.of(df).ordered == 3
    assert Shape.of(df, "spline").numbers == 0
    assert Shape.of(df, {"x": "gamma"}).numbers == 1


def test_relations_atoms_and_gaps_are_foretold_to_cost():
    plain = Shape(2500, 50, 20, ordered=20)
    least = sum(stages(cs.Gaussian(), plain).values())
    for more in (replace(plain, ordered=50), replace(plain, atoms=10), replace(plain, gaps=True)):
        assert sum(stages(cs.Gaussian(), more).values()) > 1.2 * least
    # wide tables are searched in the square of their columns
    narrow, wide = (stages(cs.Gaussian(), Shape(2000, d, d, ordered=d)) for d in (100, 200))
    assert wide["columns and rules"] > 3 * narrow["columns and rules"]
    # and few rows are soon looked through
    few, more = (stages(cs.Gaussian(), Shape(n, 500, 500, ordered=500)) for n in (60, 2000))
    assert few["columns and rules"] < 0.2 * more["columns and rules"]


def test_a_search_foretells_halves_candidates_and_the_last_fit():
    found = stages("search", Shape(5000, 20, 10))
    assert sum(name.startswith("trying ") for name in found) == 7
    assert {"columns and rules", "marginals", "copula", "margins"} <= set(found)
    assert "trying gaussian" not in stages("search", Shape(100, 20, 10))
