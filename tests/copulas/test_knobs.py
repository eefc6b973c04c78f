"""Knobs of every copula: checked when they are made, and fitted in one way."""

import dataclasses

import numpy as np
import pytest

from copulasynth.copulas import (
    Blend,
    Calibrated,
    Gaussian,
    Independence,
    Mixture,
    PairCopula,
    Student,
    Tree,
    Vine,
    cells_of,
)
from copulasynth.copulas.api import CopulaKnobs
from copulasynth.errors import DataError, VariableError

WHOLE = {
    Gaussian: ("sweeps",),
    Student: ("sweeps",),
    Vine: ("nonparametric_grid_size", "sweeps", "threads"),
    Tree: ("bags", "parents"),
    Mixture: ("k", "sweeps"),
    Calibrated: ("bins", "pool", "pairs", "sweeps"),
}
NUMBERS = {
    Gaussian: ("shrinkage",),
    Student: ("shrinkage", "df"),
    Vine: ("threshold", "nonparametric_mult"),
    Tree: ("gap",),
    Calibrated: ("edge", "ridge", "acceptance"),
}
WRONG = [
    *(
        (kind, name, value)
        for kind, names in WHOLE.items()
        for name in names
        for value in (0, -1, 1.5, float("nan"), "x", None, True, np.float64(2.0), [1])
    ),
    *(
        (kind, name, value)
        for kind, names in NUMBERS.items()
        for name in names
        for value in (-3, float("nan"), float("inf"), "x", None, True, (0.5,))
    ),
    *((kind, "burn", value) for kind in (Gaussian, Student, Vine) for value in (-1, 40, 1.5, "x")),
    *((kind, "shrinkage", 1.5) for kind in (Gaussian, Student)),
    *((Tree, name, v) for name in ("leaf", "group") for v in (0, -1, 1.5, "x", True)),
    *((Tree, "pilot", value) for value in (-1, 1.5, None, True)),
    (Tree, "gap", 0.0),
    (Tree, "gap", 1.5),
    (Calibrated, "ridge", 0.0),
    (Calibrated, "acceptance", 1.0),
    *((Vine, "truncation", value) for value in (0, -1, 1.5, True, "all", float("nan"))),
    *((Vine, "families", value) for value in ("x", ("gaussian", "x"), (), None, 3, ["x"], ((),))),
    *((Vine, "structure", value) for value in ("X", None, 1)),
    *((Vine, "rotations", value) for value in ("yes", None)),
    (Vine, "tree_criterion", "spearman"),
    (Vine, "selection", None),
    (Vine, "method", "moments"),
    (Vine, "nonparametric_grid_size", 201),
    (Vine, "threshold", 1.0),
    (Vine, "pair_copulas", ((PairCopula("indep"),),)),
    *((Blend, "parts", value) for value in ((), (1,), ("tree",), (Tree,), None, Tree())),
    *((Blend, "weights", v) for v in ((), (1.0,), (1.0, 0.0), (1.0, "x"), (1.0, np.nan), 1.0)),
    *((Calibrated, "base", value) for value in ("tree", None, Tree)),
]


@pytest.mark.parametrize(("kind", "name", "value"), WRONG, ids=lambda v: getattr(v, "__name__", v))
def test_a_knob_out_of_range_or_of_a_wrong_type_is_refused_by_name(kind, name, value):
    with pytest.raises(DataError) as caught:
        kind(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{kind.__name__}: {name} must be ")
    assert message.endswith(f"got {value!r}.")


def test_every_knob_is_held_to_something():
    tried = {(kind, name) for kind, name, _ in WRONG}
    kinds = (Gaussian, Student, Vine, Tree, Mixture, Calibrated, Blend, Independence)
    assert tried == {(kind, f.name) for kind in kinds for f in dataclasses.fields(kind)}


def cells(order=(0, 1, 2)):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((600, 3))
    x[:, 1] += 1.5 * x[:, 0]
    x[:, 2] = np.digitize(x[:, 2] + x[:, 1], [-1, 0, 2])
    return cells_of(x[:, list(order)], np.zeros(3, dtype=bool))


KNOBS = (
    Independence(),
    Gaussian(),
    Student(df=5.0),
    Vine(families=("gaussian",)),
    Tree(bags=2),
    Mixture(k=2, sweeps=5),
    Blend((Gaussian(), Independence())),
    Calibrated(Gaussian(), sweeps=3),
)


@pytest.mark.parametrize("knobs", KNOBS, ids=lambda k: type(k).__name__)
def test_a_seed_a_generator_and_none_are_taken_and_a_seed_means_its_generator(knobs):
    assert isinstance(knobs, CopulaKnobs)
    one, two = knobs.fit(cells(), rng=7), knobs.fit(cells(), rng=np.random.default_rng(7))
    draws = [c.draw(50, np.random.default_rng(1)) for c in (one, two)]
    assert np.array_equal(*draws)
    assert knobs.fit(cells()).dim == 3


@pytest.mark.parametrize("knobs", KNOBS, ids=lambda k: type(k).__name__)
def test_the_order_of_the_variables_does_not_change_the_law(knobs):
    """Spearman correlations of 8,000 draws have standard errors of .011; the fits' are shared."""

    def ranks(order):
        copula = knobs.fit(cells(order), rng=2)
        x = copula.draw(8000, np.random.default_rng(3))
        u = np.stack([copula.scale(j).to_unit(row) for j, row in enumerate(x)])
        back = np.argsort(order)
        return np.corrcoef(u[back])

    assert np.abs(ranks((0, 1, 2)) - ranks((2, 0, 1))).max() < 0.08


def test_a_variable_that_cannot_be_used_is_in_the_error():
    x = np.random.default_rng(1).standard_normal((60, 3))
    x[:, [0, 2]] = 1.0
    with pytest.raises(VariableError, match="variable 0, 2 has one value only") as caught:
        Vine().fit(cells_of(x, np.zeros(3, dtype=bool)), rng=1)
    assert caught.value.variables == (0, 2)
