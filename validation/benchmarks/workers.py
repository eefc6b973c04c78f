"""Two workers beside one: a million rows of four models, as ratios of time.

Run with `OMP_NUM_THREADS=1 python validation/benchmarks/workers.py [--rows 1000000]`. Each figure
is the best of three, taken in turn so that a busy machine hits all alike. On a machine that is busy
the ratio of wall times says little; that of processor times says what sharing costs at least, and
two over it is the most that two idle processors can gain.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import copulasynth as cs

try:
    import resource
except ImportError:  # Windows
    resource = None

MODELS: dict[str, Any] = {
    "gaussian": "gaussian",
    "vine": "vine",
    "tree": cs.Tree(),
    "calibrated tree": cs.Calibrated(cs.Tree()),
}


def processor() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    if resource is None:
        return time.process_time()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def times(job: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of a job."""
    wall, cpu = time.perf_counter(), processor()
    job()
    return time.perf_counter() - wall, processor() - cpu


def best(model: cs.Model, rows: int, repeats: int) -> dict[int, tuple[float, float]]:
    """Return the least wall and processor seconds by number of workers."""
    model.sample(100_000, rng=0)  # tables are made once
    found = {1: (float("inf"),) * 2, 2: (float("inf"),) * 2}
    for _ in range(repeats):
        for workers, least in found.items():
            now = times(lambda w=workers: model.sample(rows, rng=1, workers=w))
            found[workers] = (min(least[0], now[0]), min(least[1], now[1]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--train", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    options = parser.parse_args()
    table = cs.datasets.simulate_telecom(options.train, rng=1)
    print(f"{'model':16s} wall 1  wall 2  faster   processor 1  processor 2  ratio")
    for name in options.models:
        model = cs.fit(table, copula=MODELS[name], marginals="spline", rng=1)
        (w1, c1), (w2, c2) = best(model, options.rows, options.repeats).values()
        wall = f"{w1:6.2f}  {w2:6.2f}  {w1 / w2:6.2f}"
        print(f"{name:16s} {wall}   {c1:11.2f}  {c2:11.2f}  {c2 / c1:5.2f}", flush=True)


if __name__ == "__main__":
    main()
