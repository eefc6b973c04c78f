"""Wide tables and columns of many levels: a plan, a word on what it leaves out, and no freeze."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import copulas
from copulasynth.copulas import Cells
from copulasynth.errors import FitWarning
from copulasynth.fitting import by_name, plan
from copulasynth.synthesizers.registry import METHODS, expected_seconds

PATH = Path(__file__).parents[2] / "validation" / "wide_tables.py"
SPEC = importlib.util.spec_from_file_location("wide_tables", PATH)
wide_tables = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(wide_tables)
WIDE = 155  # columns; trees and vines are tried on up to 150


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    return wide_tables.table(300, WIDE)


@pytest.fixture(scope="module")
def fitted(wide):
    said = []
    return cs.fit(wide, copula="auto", marginals="empirical", rng=1, progress=said.append), said


def test_many_columns_get_a_shrunken_gaussian_copula_and_an_estimate_first(wide, fitted):
    model, said = fitted
    assert type(model.copula).__name__ == "GaussianCopula"
    assert model.copula.shrinkage > 0
    assert "too wide for trees (more than 150)" in model.selection_table["why"][0]
    assert said[0].startswith("fitting auto to 300 rows of ")
    assert f"gaussian: {model.selection_table['why'][0]}" in said
    drawn = model.sample(200, rng=1)
    assert (drawn.dtypes == wide.dtypes).all()


def test_the_strong_correlations_of_a_wide_table_survive_shrinkage(wide, fitted):
    numbers = wide.select_dtypes("number").columns[:60]
    truth = wide_tables.table(5000, WIDE)[numbers].rank().corr().to_numpy()
    drawn = fitted[0].sample(5000, rng=1)
    back = drawn[numbers].rank().corr().to_numpy()
    strong = np.abs(np.triu(truth, 1)) > 0.5
    # shrinkage is at most d / (n + d) = .375 here, and 300 rows have a standard error of .05
    assert np.corrcoef(back[strong], truth[strong])[0, 1] > 0.95
    assert np.abs(back[strong] / truth[strong]).mean() > 0.6


def test_the_plan_tries_less_on_wider_tables_and_tells_how_long_it_takes():
    assert [len(plan.candidates(d)) for d in (20, 60, 61, 150, 151)] == [7, 7, 4, 4, 1]
    lean = dict(plan.candidates(100))
    assert lean["vine"].truncation == 1
    assert lean["tree"].parents == 12
    for method in METHODS:
        if method.cost is None:
            continue
        small, large = (expected_seconds(method.make(), 5000, d) for d in (10, 100))
        assert 0 < small < large
        if method.kind == "copula":
            assert expected_seconds(copulas.Calibrated(method.make()), 5000, 10) > small


def test_candidates_are_tried_from_the_cheapest_on():
    assert [name for name, _ in plan.candidates(20)] == [
        "gaussian",
        "tree",
        "gaussian + calibration",
        "tree + calibration",
        "vine",
        "vine + calibration",
        "blend + calibration",
    ]


def test_a_long_fit_is_announced_and_so_is_every_candidate(monkeypatch):
    monkeypatch.setattr(by_name, "LONG", 1e-9)
    df = wide_tables.table(300, 3)
    said = []
    with pytest.warns(FitWarning, match="fitting Gaussian to 300 rows of 3 variables takes about"):
        cs.fit(df, copula="gaussian", marginals="empirical", rng=1, progress=said.append)
    assert said == [
        "fitting Gaussian to 300 rows of 3 variables",
        "columns and rules",
        "marginals",
        "copula",
        "margins",
    ]


def test_a_wide_vine_says_what_it_leaves_out():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((200, 61)) + rng.standard_normal((200, 1))
    cells: Cells = copulas.cells_of(x, np.zeros(61, dtype=bool))
    with pytest.warns(FitWarning, match="61 variables is truncated after tree 2: of 1830 .* 119"):
        vine = copulas.Vine(families=("gaussian",)).fit(cells, rng=np.random.default_rng(1))
    assert len(vine.pairs) == 2


@pytest.mark.parametrize("copula", ["gaussian", "student", "tree", "mixture", "vine"])
def test_500_levels_keep_their_shares_under_every_copula(copula):
    df = wide_tables.table(3000, 4, levels=500)
    with pytest.warns(FitWarning, match=r"column 'town': its \d+ levels .* one order"):
        model = cs.fit(df, copula=copula, marginals="empirical", rng=1)
    drawn = model.sample(30_000, rng=1)
    p, q = (t["town"].value_counts(normalize=True) for t in (df, drawn))
    q = q.reindex(p.index).fillna(0.0)
    # a level of share p has a standard error of sqrt(p / 30,000); 500 levels are looked at, and
    # copulas of binned or smoothed margins move a share by less than a tenth of itself
    assert (np.abs(p - q) <= 5 * np.sqrt(p / 30_000) + 0.1 * p).all()
