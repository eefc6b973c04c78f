"""Time of drawing a vine, as ratios to the cost of normal draws and to the engine's own sampler.

Run with `OMP_NUM_THREADS=1 python validation/benchmarks/vine_draw.py [--rows 1000000]`. All times
are of one process on one core; each is the best of three, taken in turn so that a busy machine
hits all alike.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from copulasynth.copulas import Vine, VineCopula
from copulasynth.copulas.vine.fit import fit_vine

DIM = 20


def table(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return pseudo-observations of factors with heavy tails and one bent variable."""
    load = rng.standard_normal((DIM, 6))
    x = rng.standard_normal((n, 6)) @ load.T + rng.standard_normal((n, DIM))
    x /= np.sqrt(rng.chisquare(4, (n, 1)) / 4)
    x[:, 1] = x[:, 0] ** 2 + 0.3 * x[:, 1]
    return (x.argsort(axis=0).argsort(axis=0) + 1) / (n + 1)


def seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def measure(name: str, vine: VineCopula, rows: int) -> None:
    prepare = seconds(lambda: vine.sampler)
    share = 10  # the engine's sampler is linear in rows; a tenth is enough to time it
    times: dict[str, float] = {}
    for _ in range(3):
        for key, job, factor in (
            ("floor", lambda: np.random.default_rng(1).standard_normal((rows, DIM)), 1),
            ("draw", lambda: vine.draw(rows, np.random.default_rng(1)), 1),
            ("engine", lambda: vine.engine.sample(rows // share, seeds=[1]), share),
        ):
            times[key] = min(times.get(key, np.inf), factor * seconds(job))
    floor = times["floor"]
    print(
        f"{name:28s} floor {floor:6.2f} s   draw {times['draw'] / floor:5.2f} x   "
        f"tables {prepare:5.2f} s   engine {times['engine'] / floor:6.2f} x   "
        f"engine / draw {times['engine'] / times['draw']:5.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--train", type=int, default=5_000)
    options = parser.parse_args()
    u = table(options.train, np.random.default_rng(0))
    cases = {
        "tll, 3 trees": Vine(),
        "gaussian, all trees": Vine(families=("gaussian",), truncation=None),
        "student, 3 trees": Vine(families=("student",)),
        "clayton and gumbel, 3 trees": Vine(families=("clayton", "gumbel")),
    }
    print(f"{options.rows:,} rows x {DIM}, fitted to {options.train:,} rows")
    for name, knobs in cases.items():
        start = time.perf_counter()
        vine = fit_vine(u, knobs)
        print(f"{name:28s} fit {time.perf_counter() - start:6.1f} s")
        measure(name, vine, options.rows)


if __name__ == "__main__":
    main()
