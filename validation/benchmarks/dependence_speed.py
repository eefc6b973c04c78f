"""Time to draw 1,000,000 x 20 from dependence models, over the time of as many normals.

    python validation/benchmarks/dependence_speed.py --rows 1000000

One run, one thread; the floor is `standard_normal((rows, 20))` measured before and after.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from copulasynth.copulas import Calibrated, Gaussian, Mixture, Tree, cells_of

DIM = 20


def _table(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a mixed table: normals with a factor, some rounded, some with an atom, some levels."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, DIM)) + rng.standard_normal((n, 1))
    x[:, 5:10] = np.round(x[:, 5:10] * 2)
    x[:, 10:14] = np.maximum(x[:, 10:14], 0)
    x[:, 14:] = np.digitize(x[:, 14:], [-1.5, 0, 1])
    return x, np.arange(DIM) >= 14


def _seconds(work: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    out = work()
    return time.process_time() - start, out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    cells = cells_of(*_table(5000))
    every = {
        "gaussian": Gaussian(),
        "gaussian, calibrated": Calibrated(Gaussian()),
        "mixture": Mixture(),
        "mixture, calibrated": Calibrated(Mixture()),
        "tree": Tree(),
        "tree, calibrated": Calibrated(Tree()),
    }
    print("| copula | fit s | draw s | draw / floor | kept |")
    print("|---|---|---|---|---|")
    for name, k in every.items():
        fit, copula = _seconds(lambda k=k: k.fit(cells, rng=np.random.default_rng(1)))
        floor = min(
            _seconds(lambda: np.random.default_rng(1).standard_normal((rows, DIM)))[0]
            for _ in range(2)
        )
        draw, _ = _seconds(lambda c=copula: c.draw(rows, np.random.default_rng(2)))
        kept = getattr(copula, "acceptance", 1.0)
        print(f"| {name} | {fit:.1f} | {draw:.1f} | {draw / floor:.1f} | {kept:.2f} |", flush=True)


if __name__ == "__main__":
    main()
