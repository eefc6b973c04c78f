"""What the search of rules costs, over the Gaussian fit of the same table in the same run.

    python validation/benchmarks/rules_search.py

Simulated telecom customers with a sum, a product, an order and a flag among their columns, at
several numbers of rows and columns (more columns are further customers beside the first, so that
nothing relates them). Each shape runs in a process of its own; times are of the processor, with one
thread. Writes results/rules_search.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

import copulasynth as cs
from copulasynth.model import encoded

SHAPES = ["5000x20", "5000x100", "100000x20", "1000000x20"]

HEAD = """# What the search of rules costs

Made by `python validation/benchmarks/rules_search.py`: processor seconds of the search of rules and
of the rest of a Gaussian fit (`copula="gaussian"`), one thread, a process of its own for each
shape. {date}; {used}.

| rows | columns | rules found | search | rest of the fit | ratio | search, microseconds a row |
|---|---|---|---|---|---|---|
"""


def table(rows: int, columns: int) -> pd.DataFrame:
    """Return customers with four rules among their columns, cut to so many columns."""
    rng = np.random.default_rng(1)
    parts = [cs.datasets.simulate_telecom(rows, rng=rng) for _ in range(1 + columns // 22)]
    df = pd.concat(parts, axis=1).set_axis(
        [f"{name}{k or ''}" for k, part in enumerate(parts) for name in part], axis=1
    )
    day = np.round(rng.gamma(2.0, 30.0, rows), 1)
    night = np.round(rng.gamma(1.0, 9.0, rows), 1)
    lines = rng.integers(1, 5, rows)
    ruled = pd.DataFrame(
        {
            "day_min": day,
            "night_min": night,
            "all_min": np.round(day + night, 1),
            "lines": lines,
            "fee": lines * 7.5,
            "heavy": np.where(day + night > 100, "yes", "no"),
        }
    )
    return pd.concat([ruled, df.iloc[:, : columns - ruled.shape[1]]], axis=1)


def timed(shape: str) -> dict[str, float]:
    """Return what one shape takes, in seconds of the processor."""
    rows, columns = map(int, shape.split("x"))
    df = table(rows, columns)
    cs.fit(df[:500], copula="gaussian", rng=0)  # imports are nobody's cost here
    search, inner = 0.0, encoded.with_rules

    def watched(*args: object) -> object:
        nonlocal search
        start = time.process_time()
        out = inner(*args)  # type: ignore[arg-type]
        search += time.process_time() - start
        return out

    encoded.with_rules = watched  # type: ignore[assignment]
    start = time.process_time()
    model = cs.fit(df, copula="gaussian", rng=0)
    whole = time.process_time() - start
    found = len(model.rules)
    return {"rows": rows, "columns": columns, "found": found, "search": search, "whole": whole}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(timed(args.one)))
        return
    lines = []
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for shape in args.shapes.split(","):
        call = [sys.executable, "-W", "ignore", __file__, "--one", shape]
        out = subprocess.run(call, env=os.environ | one, capture_output=True, text=True, check=True)
        t = json.loads(out.stdout.splitlines()[-1])
        rest = t["whole"] - t["search"]
        each = t["search"] / t["rows"] * 1e6
        lines.append(
            f"| {t['rows']:,} | {t['columns']} | {t['found']} | {t['search']:.2f} | {rest:.2f} | "
            f"{t['search'] / rest:.2f} | {each:.1f} |"
        )
        print(lines[-1], flush=True)
    used = ", ".join(f"{p} {version(p)}" for p in ("numpy", "pandas"))
    path = Path(__file__).parents[1] / "results" / "rules_search.md"
    path.write_text(HEAD.format(date=date.today(), used=used) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
