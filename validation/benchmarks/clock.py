"""The clock against a watch: seconds that are foretold for each stage of a fit, and those it takes.

    python validation/benchmarks/clock.py [--only adult] [--copula auto gaussian]

The eight tables of the dependence study at 500, 2,500 and 10,000 rows (or half of what they have),
fitted by the default and by a Gaussian copula, and simulated tables that are wide or long, some
without rules and some with. Seconds are of the processor, on one core; the pace of the machine is
measured anew beside every fit. Writes results/clock.md with the constants of
`copulasynth.synthesizers.cost` that foretell best what was measured, and results/clock.json.
"""

import argparse
import itertools
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
from dependence_tables import TABLES
from rules_search import table as ruled
from scipy.optimize import minimize

import copulasynth as cs
from copulasynth import _clock
from copulasynth.fitting import clock
from copulasynth.model.fit import MARGINS, READING
from copulasynth.model.learn import COPULA, MARGINALS
from copulasynth.model.refit import knobs_of
from copulasynth.synthesizers import cost
from copulasynth.synthesizers.registry import resolve

RESULTS = Path(__file__).resolve().parents[1] / "results"
SIZES = (500, 2500, 10_000)
#: Within this factor of what is measured a total is said to be right.
FACTOR = 1.5
#: Seconds that are next to nothing, and the logarithm of a weight that is.
NOTHING, SLIGHT = 0.1, -14
#: Seconds that nobody notices, and from which on a fit is long.
UNSEEN, LONG = 0.5, 2.0
#: Rows and columns of the simulated tables, and how many of these are numbers.
SIMULATED = ((2000, 60, 10), (2000, 200, 50), (100_000, 20, 10))
#: Rows and columns of tables of customers with rules among them.
RULED = ((5000, 20), (100_000, 20), (2000, 100), (2000, 200))

HEAD = """# The clock against a watch

Made by `python validation/benchmarks/clock.py`: processor seconds of a fit that are foretold from
the shape of a table before it begins, and those that it takes, on one core. How much the rules of a
table cost, and how many parts they make, only the search tells: that is what is left of the errors.

"""


def simulated(rows: int, columns: int, numbers: int) -> pd.DataFrame:
    """Return skewed numbers and five levels that share a factor."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=(rows, columns)) + rng.normal(size=(rows, 1))
    levels = np.array(list("abcde"))
    return pd.DataFrame(
        {
            f"c{j}": np.exp(z[:, j]).round(3)
            if j < numbers
            else levels[np.clip(np.floor(z[:, j] + 2.5), 0, 4).astype(int)]
            for j in range(columns)
        }
    )


def timed(df: Any, copula: str) -> tuple[dict[str, float], Any]:
    """Return the processor seconds of each stage, and the model."""
    marks: list[tuple[str, float]] = []

    def listen(line: str) -> None:
        if isinstance(line, _clock.Stage):
            marks.append((line.name, time.process_time()))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cs.fit(df, copula=copula, rng=1, progress=listen)
    marks.append(("", time.process_time()))
    steps = itertools.pairwise(marks[1:])
    return {name: end - start for (name, start), (_, end) in steps}, model


def part(load: Callable[[], Any], rows: int) -> Any:
    whole = load()
    return whole.sample(n=min(rows, len(whole) // 2), random_state=1).reset_index(drop=True)


def measure(name: str, copula: str, df: Any) -> dict[str, Any]:
    _clock.pace.cache_clear()
    pace = _clock.pace()
    shape = clock.Shape.of(df)
    foretold = clock.stages(resolve(copula)[1] or copula, shape)
    measured, model = timed(df, copula)
    _clock.pace.cache_clear()
    return {
        "table": name,
        "copula": copula,
        "rows": len(df),
        "columns": df.shape[1],
        "variables": shape.variables,
        "numbers": shape.numbers,
        "ordered": shape.ordered,
        "atoms": shape.atoms,
        "gaps": shape.gaps,
        "free": len(model.free),
        "knobs": model.provenance.choices["copula"],
        "pace": (pace + _clock.pace()) / 2,
        "foretold": foretold,
        "measured": measured,
    }


def features(k: dict[str, Any], stage: str) -> tuple[str, tuple[float, ...]] | None:
    """Return the name of the constants that foretell a stage, and what they are multiplied with."""
    n, d, atoms, copula = k["rows"], k["variables"], k["atoms"], knobs_of(k["knobs"])
    drawn = d + atoms
    calibrated = isinstance(copula, cs.copulas.Calibrated)
    base = copula.base if calibrated else copula
    given: dict[str, tuple[str, tuple[Any, ...]]] = {
        READING: ("READING", (n, d, k["ordered"], atoms)),
        MARGINALS: ("MARGINALS", (n, d, k["numbers"])),
        COPULA: ("GAUSSIAN", (n, drawn))
        if isinstance(base, cs.Gaussian)
        else ("TREE", (n, drawn, base)),
        clock.CALIBRATION: ("CALIBRATION", (n, drawn, copula)),
    }
    if stage == MARGINS:
        name = f"MARGINS, {'calibrated' if calibrated else 'plain'}"
        return name, cost.FEATURES["MARGINS"](d, k["gaps"], atoms)
    if stage not in given or isinstance(base, cs.copulas.Independence):
        return None
    name, args = given[stage]
    return name, cost.FEATURES[name](*args)


def constants(found: list[dict[str, Any]]) -> list[str]:
    """Return the constants that foretell what was measured by the most nearly right factor."""
    rows: dict[str, list[tuple[tuple[float, ...], float]]] = {}
    for k in found:
        for stage, seconds in k["measured"].items():
            seen = features(k, stage)
            if seen is not None:
                rows.setdefault(seen[0], []).append((seen[1], seconds / k["pace"]))
    lines = []
    for name, known in rows.items():
        x, y = np.array([f for f, _ in known], dtype=float), np.array([s for _, s in known])
        fitted = by_factor(x, y)
        lines.append(f"    {name} = ({', '.join(f'{c:.1e}' for c in fitted)})")
    return lines


def by_factor(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return weights of features of which logarithms of the sums are nearest to those of y."""
    scale = x.max(axis=0) + 1e-30

    def away(logs: np.ndarray) -> float:
        told = np.log(x / scale @ np.exp(logs) + NOTHING)
        return float(((told - np.log(y + NOTHING)) ** 2).sum() + 1e-6 * (logs**2).sum())

    starts = np.log(np.random.default_rng(1).uniform(0.01, y.mean() + 0.02, (6, x.shape[1])))
    bounds = [(SLIGHT, 6)] * x.shape[1]
    found = [minimize(away, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    best = min(found, key=lambda r: r.fun).x
    return np.where(best < SLIGHT + 3, 0.0, np.exp(best)) / scale


def line(k: dict[str, Any]) -> str:
    told, took = (sum(k[what].values()) for what in ("foretold", "measured"))
    stages = ", ".join(
        f"{s} {k['foretold'].get(s, 0):.1f}/{v:.1f}" for s, v in k["measured"].items()
    )
    return (
        f"| {k['table']} | {k['rows']:,} x {k['variables']} | {k['copula']} | {told:.1f} "
        f"| {took:.1f} | {told / took:.2f} | {stages} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="tables whose name contains this")
    parser.add_argument("--copula", nargs="+", default=["auto", "gaussian"])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    args = parser.parse_args()
    # what is imported by the first fit is no part of it
    for copula in args.copula:
        timed(cs.datasets.simulate_telecom(300, rng=1), copula)
    head = "| table | rows x variables | copula | foretold | measured | ratio | by stage |"
    lines, found = [head, "|---" * 7 + "|"], []
    print("\n".join(lines))
    jobs = [
        (name, partial(part, load, rows))
        for name, (load, _) in TABLES.items()
        # once, where they have no more rows
        for rows in sorted({min(rows, len(load()) // 2) for rows in args.sizes})
    ]
    jobs += [("simulated", partial(simulated, *shape)) for shape in SIMULATED]
    jobs += [("customers", partial(ruled, *shape)) for shape in RULED]
    for copula, (name, made) in itertools.product(args.copula, jobs):
        if args.only in name:
            found.append(measure(name, copula, made()))
            lines.append(line(found[-1]))
            print(lines[-1], flush=True)
            (RESULTS / "clock.json").write_text(json.dumps(found, indent=1) + "\n")
    lines += ["", *counted(found), "", "Constants that foretell best what was measured:", ""]
    text = HEAD + "\n".join([*lines, *constants(found)]) + "\n"
    (RESULTS / "clock.md").write_text(text)


def counted(found: list[dict[str, Any]]) -> list[str]:
    """Return how many totals are right, of all, of long ones, and but for what nobody notices."""
    pairs = [(sum(k["foretold"].values()), sum(k["measured"].values())) for k in found]

    def right(some: list[tuple[float, float]], but: float = 0.0) -> int:
        return sum(1 / FACTOR <= a / b <= FACTOR or abs(a - b) <= but for a, b in some)

    slow = [(told, took) for told, took in pairs if took >= LONG]
    return [
        f"{right(pairs)} of {len(pairs)} totals are within a factor of {FACTOR}; "
        f"{right(pairs, UNSEEN)} are, or are off by {UNSEEN} s at most. Of those of {LONG} seconds "
        f"and more, {right(slow)} of {len(slow)} are within the factor."
    ]


if __name__ == "__main__":
    main()
