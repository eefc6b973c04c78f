"""`fit`: names, knobs, and a choice made on evidence."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.copulas import Calibrated, Gaussian, Tree
from copulasynth.errors import DataError, FitWarning
from copulasynth.fitting import plan, search
from copulasynth.metrics import c2st
from copulasynth.synthesizers.registry import METHODS, expected_seconds

COPULAS = [m.name for m in METHODS if m.kind == "copula"]

N = 1200


@pytest.fixture(scope="module")
def arch() -> pd.DataFrame:
    """Return a table whose dependence a Gaussian copula cannot follow: a parabola."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal(N)
    return pd.DataFrame({"x": x, "y": x**2 + 0.1 * rng.standard_normal(N)})


FEW = [("gaussian", Gaussian()), ("tree", Tree())]


def limited(patch, tried=FEW):
    """Let searches try few copulas on 400 rows, with judges of 25 trees."""
    patch.setattr(plan, "candidates", lambda d: tried)
    patch.setattr(plan, "HALF", 400)
    patch.setattr(search, "c2st", partial(c2st, rounds=25))


@pytest.fixture
def two(monkeypatch):
    """Try a Gaussian copula and a tree copula only."""
    limited(monkeypatch)


def chosen_for(table):
    # no rule, such as of a place, may help the Gaussian copula along
    free = replace(cs.Schema.infer(table), rules=())
    return cs.fit(table, copula="search", marginals="spline", schema=free, rng=1)


@pytest.fixture(scope="module")
def searched(arch):
    """Return the choice between two copulas for the arch."""
    with pytest.MonkeyPatch.context() as patch:
        limited(patch)
        return chosen_for(arch)


def test_a_search_takes_the_copula_that_held_out_rows_speak_for_and_shows_why(searched):
    model = searched
    table = model.selection_table.set_index("candidate")
    assert table["chosen"].tolist() == [False, True]
    assert table.loc["gaussian", "C2ST boosting"] > table.loc["tree", "C2ST boosting"] + 0.1
    assert "lowest tv2" in table.loc["tree", "why"]
    assert type(model.copula).__name__ == "TreeCopula"
    assert model.provenance.rows == N


def test_the_search_judges_by_the_schema_and_never_by_identifiers(two):
    """Numbers that only all rows together show to be identifiers: half of them look like values."""
    rng = np.random.default_rng(1)
    ids = np.sort(rng.choice(70_000, N, replace=False))
    table = pd.DataFrame({"id": ids, "x": rng.standard_normal(N), "y": rng.standard_normal(N)})
    assert cs.Schema.infer(table).kinds["id"] == "identifier"
    found = cs.fit(table, copula="search", rng=1).selection_table.set_index("candidate")
    # candidates number their rows anew, from 1, which would tell them apart at once
    assert found.loc["gaussian", "C2ST boosting"] < 0.6


def test_the_choice_and_the_model_repeat_with_the_seed(arch, searched, two):
    a, b = searched, chosen_for(arch)
    pd.testing.assert_frame_equal(a.selection_table, b.selection_table)
    pd.testing.assert_frame_equal(a.sample(100, rng=1), b.sample(100, rng=1))


def test_an_interrupted_search_chooses_among_what_was_seen(arch, two, monkeypatch):
    judge = search._judge

    def impatient(candidate, *args):
        if candidate.name == "tree":
            raise KeyboardInterrupt
        return judge(candidate, *args)

    monkeypatch.setattr(search, "_judge", impatient)
    with pytest.warns(FitWarning, match=r"interrupted; the choice is among \['gaussian'\]"):
        model = cs.fit(arch, copula="search", marginals="spline", rng=1)
    assert model.selection_table["candidate"].tolist() == ["gaussian"]


def test_what_candidates_share_is_fitted_once(arch, monkeypatch):
    fits = []
    plain = Tree.fit

    def counted(self, cells, /, *, rng=None):
        fits.append(cells.n)
        return plain(self, cells, rng=rng)

    monkeypatch.setattr(Tree, "fit", counted)
    tree, blend = Tree(), Calibrated(cs.Blend())
    shared = [("tree", tree), ("tree + calibration", Calibrated(tree)), ("blend", blend)]
    limited(monkeypatch, shared)
    model = cs.fit(arch, copula="search", marginals="spline", rng=1)
    assert len(model.selection_table) == 3
    # once for all candidates, and once more for the choice, on all rows
    assert fits == [400, N]


def seen(name, auc, tv2, dcr):
    return search.Seen(name, Gaussian(), auc, auc, 0.01, tv2, dcr)


def test_what_is_preferred_decides_between_candidates_of_like_fidelity():
    candidates = [
        seen("cheap", 0.60, 0.06, 0.52),
        seen("faithful", 0.56, 0.05, 0.56),
        seen("discreet", 0.59, 0.06, 0.50),
        seen("poor", 0.90, 0.02, 0.40),
    ]
    assert search.best_of(candidates, "fidelity").name == "faithful"
    assert search.best_of(candidates, "privacy").name == "discreet"
    assert search.best_of(candidates, "speed").name == "cheap"


def test_a_table_too_small_to_choose_on_gets_a_gaussian_copula_and_is_told(arch):
    model = cs.fit(arch.head(100), copula="search", rng=1)
    assert "too few to choose on" in model.selection_table["why"][0]


@pytest.mark.parametrize("name", COPULAS)
def test_every_name_fits(arch, name):
    drawn = cs.fit(arch.head(300), copula=name, marginals="spline", rng=1).sample(50, rng=1)
    assert drawn.shape == (50, 2)


def test_unknown_names_are_refused_with_the_known_ones(arch):
    with pytest.raises(DataError, match=r"called 'clayton'; choose one of auto, search, .*tree"):
        cs.fit(arch, copula="clayton")
    with pytest.raises(DataError, match="fidelity, privacy, speed"):
        cs.fit(arch, prefer="beauty")


def test_the_time_of_shared_parts_is_foretold_once():
    tree, vine = Tree(), cs.Vine()
    blend = cs.Calibrated(cs.Blend((tree, vine)))
    beside = plan.BESIDE * 20
    parts = [expected_seconds(made, 2000, 20) for made in (tree, vine, blend)]
    found = plan.foretold([tree, vine, blend], 2000, 20)
    assert found[0] == parts[0] + beside
    assert found[2] == pytest.approx(parts[2] - parts[0] - parts[1] + beside)
    assert plan.foretold([blend], 2000, 20) == [parts[2] + beside]


def test_a_calibrated_copula_has_a_name_too(arch):
    model = cs.fit(arch.head(300), copula="gaussian + calibration", rng=1)
    assert type(model.copula).__name__ == "CalibratedCopula"
    assert type(model.copula.base).__name__ == "GaussianCopula"
