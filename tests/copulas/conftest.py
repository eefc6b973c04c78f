"""The catalogue of fitted copulas that the battery holds to the same laws.

A new copula appends a name and a function without arguments that makes one of at most 5
variables; see `test_battery.py` for what is asked of it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from copulasynth.copulas import (
    Blend,
    BlendCopula,
    Calibrated,
    CalibratedCopula,
    Gaussian,
    GaussianCopula,
    Independence,
    IndependenceCopula,
    Mixture,
    MixtureCopula,
    PairCopula,
    StudentCopula,
    Tree,
    TreeCopula,
    Vine,
    VineCopula,
    cells_of,
)
from copulasynth.copulas.tree.forest import FAR, Forest

R = np.array(
    [[1.0, 0.6, 0.3, -0.4], [0.6, 1.0, 0.5, 0.0], [0.3, 0.5, 1.0, 0.2], [-0.4, 0.0, 0.2, 1.0]]
)
R2 = np.array([[1.0, 0.7], [0.7, 1.0]])


def fitted_gaussian() -> GaussianCopula:
    x = np.random.default_rng(0).standard_normal((300, 4)) @ np.linalg.cholesky(R).T
    return Gaussian().fit(
        cells_of(x.round(), np.zeros(4, dtype=bool)), rng=np.random.default_rng(1)
    )


def fitted_vine(families: str, structure: str, truncation: int | None) -> VineCopula:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((400, 4)) @ np.linalg.cholesky(R).T
    x[:, 3] += 0.4 * x[:, 0] ** 2
    knobs = Vine(
        families=families,
        structure=structure,
        truncation=truncation,
        nonparametric_mult=2.0,
        nonparametric_grid_size=30,
    )
    return knobs.fit(cells_of(x, np.zeros(4, dtype=bool)), rng=rng)


def tailed_vine() -> VineCopula:
    pairs = (
        (PairCopula("clayton", 90, np.array([2.0])), PairCopula("bb1", 0, np.array([0.5, 1.5]))),
        (PairCopula("gumbel", 180, np.array([1.6])),),
    )
    return VineCopula((2, 1, 3), ((3, 3), (1,)), pairs)


def fitted_tree() -> TreeCopula:
    # broad leaves without holes: the battery's density check needs full support
    x = np.random.default_rng(3).multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], 1500)
    return Tree(leaf=150, gap=0.5, bags=3).fit(cells_of(x, np.zeros(2, dtype=bool)), rng=4)


def fitted_mixture() -> MixtureCopula:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((600, 3))
    x[:, 1] += x[:, 0] ** 2
    return Mixture(k=3).fit(cells_of(x, np.zeros(3, dtype=bool)), rng=rng)


def blend() -> BlendCopula:
    return BlendCopula(
        (GaussianCopula(R), StudentCopula(R.T[::-1, ::-1], 4.0)), np.array([0.7, 0.3])
    )


def calibrated(base: Any) -> CalibratedCopula:
    rng = np.random.default_rng(6)
    x = rng.standard_normal((800, 3)) @ np.linalg.cholesky(R[:3, :3]).T
    x[:, 2] = np.maximum(x[:, 2] + 0.5 * x[:, 0] ** 2, 0.0)
    return Calibrated(base).fit(cells_of(x, np.zeros(3, dtype=bool)), rng=rng)


INSTANCES: dict[str, Callable[[], Any]] = {
    "independence": lambda: IndependenceCopula(3),
    "gaussian of one variable": lambda: GaussianCopula(np.ones((1, 1))),
    "gaussian of two variables": lambda: GaussianCopula(R2),
    "gaussian": lambda: GaussianCopula(R),
    "fitted gaussian": fitted_gaussian,
    "student of two variables": lambda: StudentCopula(R2, 3.0),
    "student": lambda: StudentCopula(R, 5.5, se_df=0.4, loglik=12.0),
    "student near its end": lambda: StudentCopula(R, 100.0),
    "vine of one variable": lambda: VineCopula((1,), (), ()),
    "vine with tails": tailed_vine,
    "tll vine": lambda: fitted_vine("tll", "R", None),
    "truncated parametric D-vine": lambda: fitted_vine("classical", "D", 2),
    "tll C-vine of one tree": lambda: fitted_vine("tll", "C", 1),
    "tree": fitted_tree,
    "mixture": fitted_mixture,
    "blend": blend,
    "calibrated gaussian": lambda: calibrated(Gaussian()),
    "calibrated blend": lambda: calibrated(Blend((Gaussian(), Independence()))),
}

#: Those without a Rosenblatt transform: a blend's conditional laws weigh its parts by densities,
#: and a tilted density has no conditional laws in closed form.
PLAIN = ("blend", "calibrated gaussian", "calibrated blend")


def instances() -> dict[str, Any]:
    """Return every copula of the catalogue by name."""
    return {name: make() for name, make in INSTANCES.items()}


@pytest.fixture(scope="module", params=list(INSTANCES))
def copula(request: pytest.FixtureRequest) -> Any:
    """One copula of the catalogue after the other."""
    return INSTANCES[request.param]()


@pytest.fixture(scope="module", params=[name for name in INSTANCES if name not in PLAIN])
def transform(request: pytest.FixtureRequest) -> Any:
    """One copula with a Rosenblatt transform after the other."""
    return INSTANCES[request.param]()


def _random_forest(rng, d, depth=9):
    """Return d bags of two trees whose tests lie on a grid; variable d is the linear index."""
    grid = np.arange(11) / 10
    feature, low, high, child, roots = [], [], [], [], []
    leaves = 0
    for _ in range(2 * d):
        roots.append(len(feature))
        level = 1
        for k in range(depth):
            splits = (rng.random(level) < (0.7 if k else 1.0)) & (k < depth - 1)
            first = len(feature) + level
            for split in splits:
                f = int(rng.integers(d + 1)) if split else -1
                a, b = np.sort(rng.choice(11, 2, replace=False))
                one_sided = FAR if f == d else 1.0
                feature.append(f)
                low.append(grid[a])
                high.append(grid[b] if rng.random() < 0.5 else one_sided)
                child.append(first if split else leaves)
                first, leaves = first + 2 * bool(split), leaves + (not split)
            level = 2 * int(splits.sum())
    counts = rng.integers(1, 4, size=leaves)
    part = np.concatenate([np.arange(c) for c in counts])
    share = 1 / np.repeat(counts, counts)
    return Forest(
        np.array(roots).reshape(d, 2), np.array(feature), np.array(low), np.array(high),
        np.array(child), np.r_[0, np.cumsum(counts)], part * share, (part + 0.9) * share,
        rng.integers(1, 9, size=len(part)), np.zeros(leaves), np.zeros(leaves),
    )  # fmt: skip


@pytest.fixture
def random_forest():
    return _random_forest
