"""Draws and fits of every copula on the columns of the main job, in ratios to one floor.

    python validation/benchmarks/dependence_draw.py

`model.sample(1,000,000)` on 20 mixed columns of the telecom table, decoded to a DataFrame, over
`standard_normal((1_000_000, 20))`: processor time on one pinned core, minima of repeats, floors
measured beside every model. Then the fits of 5,000 x 20, of the copula with its marginals, and of
the automatic choice. Writes ../results/dependence_draw.md.
"""

import argparse
import os
import platform
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import copulasynth as cs
from copulasynth import copulas
from copulasynth.datasets import simulate_telecom

LEFT_OUT = ["discount_pct", "autopay"]

#: Largest ratio of a draw to the floor; None where no target is stated.
TARGETS: dict[str, float | None] = {
    "Gaussian": 3,
    "Student": 12,
    "Vine": 15,
    "Tree": 25,
    "Mixture": None,
    "Blend": None,
    "Default": 10,
}


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the least processor time of the repeats."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def mark(value: float, limit: float | None) -> str:
    if limit is None:
        return ""
    return f"<= {limit:g}" + ("" if value <= limit else " **missed**")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="copulas whose name contains this")
    parser.add_argument("--no-auto", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    df = simulate_telecom(5000, rng=1).drop(columns=LEFT_OUT)
    rng = np.random.default_rng(1)
    lines = [
        "| model | draw / floor | target | draw, s | fit, s | target | kept |",
        "|---" * 7 + "|",
    ]
    for name, limit in TARGETS.items():
        if args.only not in name:
            continue
        plain = 0.0
        for calibrated in (False,) if name == "Default" else (False, True):
            made = "auto" if name == "Default" else getattr(copulas, name)()
            made = copulas.Calibrated(made) if calibrated else made
            start = time.process_time()
            model = cs.fit(df, copula=made, rng=1)
            fit = time.process_time() - start
            model.sample(1000, rng=1)  # tables that are made once
            floor = seconds(lambda: rng.standard_normal((args.rows, 20)), 3)
            draw = seconds(lambda m=model: m.sample(args.rows, rng=1), 2)
            floor = min(floor, seconds(lambda: rng.standard_normal((args.rows, 20)), 2))
            ratio = draw / floor
            plain = plain or ratio
            most = 3 * plain if calibrated else limit
            kept = getattr(model.copula, "acceptance", 1.0)
            label = name.lower() + (", calibrated" if calibrated else "")
            lines.append(
                f"| {label} | {ratio:.1f} | {mark(ratio, round(most, 1) if most else None)} "
                f"| {draw:.1f} | {fit:.1f} | {mark(fit, 15)} | {kept:.2f} |"
            )
            print(lines[-1], flush=True)
    if not args.no_auto:
        fit = seconds(lambda: cs.fit(df, copula="auto", rng=1), 1)
        lines.append(f"| auto | | | | {fit:.1f} | {mark(fit, 90)} | |")
        print(lines[-1], flush=True)
    if args.only or args.no_auto:
        return
    used = ", ".join(f"{p} {version(p)}" for p in ("numpy", "pandas", "pyvinecopulib"))
    head = f"""# Drawing and fitting dependence models

Made by `python validation/benchmarks/dependence_draw.py`: Python {platform.python_version()},
{used}; `sample({args.rows:,})` of 20 mixed columns over `standard_normal(({args.rows:,}, 20))`,
processor time on one core, minima of 2 and 5 repeats. A calibrated model may take three times as
long as its base. Fits are of 5,000 x 20 with all marginals.

"""
    path = Path(__file__).parents[1] / "results" / "dependence_draw.md"
    path.write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
