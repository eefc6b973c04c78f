"""Time and memory of every copula on wide tables and on a nominal column of 500 levels.

    python validation/wide_tables.py [--only gaussian]

Each case fits to a simulated mixed table, in a process of its own that is stopped after 300
seconds of processor time, and draws 10,000 rows. Writes results/wide_tables.md with the seconds
that `copulasynth.synthesizers.registry` foretells beside those that were measured.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

THREADS = {f"{k}_NUM_THREADS": "1" for k in ("OMP", "OPENBLAS", "MKL")}
LIMIT = 300
SHAPES = ((5000, 20, 500), (5000, 100, 0), (2000, 300, 0))
NAMES = ("gaussian", "student", "vine", "tree", "mixture")


def table(n: int, d: int, levels: int = 0, seed: int = 0) -> pd.DataFrame:
    """Return d mixed columns with common factors, the last one nominal if `levels` is given."""
    rng = np.random.default_rng(seed)
    factors = max(2, d // 20)
    loading = rng.normal(size=(factors, d)) * (rng.random((factors, d)) < 0.3)
    z = rng.standard_normal((n, factors)) @ loading + rng.standard_normal((n, d))
    z /= z.std(axis=0)
    columns: dict[str, object] = {}
    for j, x in enumerate(z.T):
        match j % 10:
            case 4:
                columns[f"count{j}"] = np.floor(2 * np.exp(0.8 * x)).astype(int)
            case 5:
                columns[f"zeros{j}"] = np.maximum(x, 0).round(3)
            case 6:
                columns[f"flag{j}"] = x > 0.5
            case 7:
                columns[f"level{j}"] = np.array(list("cbeda"))[np.digitize(x, [-1, 0, 0.7, 1.5])]
            case 8:
                columns[f"score{j}"] = np.clip(np.round(1.5 * x + 4), 1, 7).astype(int)
            case 9:
                columns[f"gaps{j}"] = np.where(rng.random(n) < 0.1, np.nan, (10 * x).round(2))
            case _:
                columns[f"amount{j}"] = np.exp(0.5 * x).round(4)
    if levels:
        columns.popitem()
        share = 1 / np.arange(1, levels + 1) ** 0.7
        code = rng.choice(levels, n, p=share / share.sum())
        columns["town"] = np.array([f"town {k:03d}" for k in rng.permutation(levels)])[code]
        effect = np.exp(rng.normal(size=levels))[code]
        columns["amount0"] = (np.asarray(columns["amount0"]) * effect).round(3)
    return pd.DataFrame(columns)


def measure(name: str, n: int, d: int, levels: int) -> dict[str, object]:
    """Fit one copula in this process, within the limit of processor time."""
    import copulasynth as cs
    from copulasynth.synthesizers.registry import expected_seconds, named

    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))
    df = table(n, d, levels)
    made = named(name.replace(", calibrated", " + calibration")).make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", cs.errors.FitWarning)
        start = time.process_time()
        rest = cs.fit(df, copula="independence", marginals="spline", rng=1)
        alone = time.process_time() - start
        model = cs.fit(df, copula=made, marginals="spline", rng=1)
        fit = time.process_time() - start - 2 * alone
    start = time.process_time()
    rows = model.sample(10_000, rng=1)
    assert rows.shape == (10_000, df.shape[1])
    return {
        "fit": fit,
        "rest": alone,
        "draw": time.process_time() - start,
        "foretold": expected_seconds(made, n, len(rest.free)),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "warnings": sorted({str(w.message)[:160] for w in caught}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs=4)
    parser.add_argument("--only", default="", help="copulas whose name contains this")
    args = parser.parse_args()
    if args.case:
        print(json.dumps(measure(args.case[0], *map(int, args.case[1:]))))
        return
    lines = [
        "| table | copula | copula fit, s | foretold | columns and marginals | draw 10,000 | MB |",
        "|---" * 7 + "|",
    ]
    notes: set[str] = set()
    for n, d, levels in SHAPES:
        shape = f"{n:,} x {d}" + (f", {levels} levels" if levels else "")
        for name in [*NAMES, *(f"{k}, calibrated" for k in NAMES)]:
            if args.only not in name:
                continue
            command = [sys.executable, __file__, "--case", name, *map(str, (n, d, levels))]
            done = subprocess.run(command, env=os.environ | THREADS, capture_output=True, text=True)
            if done.returncode:
                why = (done.stderr.strip().splitlines() or [f"over {LIMIT} s, stopped"])[-1]
                lines.append(f"| {shape} | {name} | {why[:60]} | | | | |")
            else:
                k = json.loads(done.stdout.splitlines()[-1])
                lines.append(
                    f"| {shape} | {name} | {k['fit']:.1f} | {k['foretold']:.1f} | {k['rest']:.1f} "
                    f"| {k['draw']:.1f} | {k['memory']:.0f} |"
                )
                notes |= set(k["warnings"])
            print(lines[-1], flush=True)
    for note in sorted(notes):
        print("note:", note)
    if args.only:
        return
    head = "# Wide tables and many levels\n\nMade by `python validation/wide_tables.py`: "
    head += "seconds of processor time on one thread.\n\n"
    told = "\n".join(f"- {note}" for note in sorted(notes))
    path = Path(__file__).parent / "results" / "wide_tables.md"
    path.write_text(head + "\n".join(lines) + "\n\nWarnings of these fits:\n\n" + told + "\n")


if __name__ == "__main__":
    main()
