"""Fit every table at hand on one half, draw a million rows, and hold them against both halves.

Run `python validation/first_run.py [FOLDER]`; FOLDER holds .csv or .csv.gz files. Two tables of
statsmodels are always among them. The table goes to `validation/results/first_run.md`.
"""

import platform
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import statsmodels.api as sm

import copulasynth as cs
from copulasynth.rows import reader

ROWS = 1_000_000
SEED = 1
RESULTS = Path(__file__).parent / "results" / "first_run.md"

TEXT = f"""\
# First run: every table, half against half

`python validation/first_run.py FOLDER`, {ROWS:,} rows drawn with the Gaussian copula from a fit to
a random half of each table, seed {SEED}. {{versions}}

Numeric columns (identifiers aside). Each figure stands beside the same figure for the training
half against the held-out half, which is what sampling noise alone does.

- *atoms*: largest error in the share of a value that 1 % of the rows or more have, against the
  training half (what was fitted) and the held-out half.
- *q.99*: largest error of the 99th percentile relative to the training half's own value, and its
  column; in brackets the held-out half's.
- *Spearman*: mean absolute error over all pairs, against the training half and the held-out half.
- *below 0*: largest share of negative values in a column that has none.

"""


def sources(folder: Path | None) -> dict[str, object]:
    found: dict[str, object] = {
        "randhie": sm.datasets.randhie.load_pandas().data,
        "fair": sm.datasets.fair.load_pandas().data,
    }
    for path in sorted(folder.glob("*.csv*")) if folder else ():
        missing = ("", " ", "?") if "telco" in path.name or "adult" in path.name else ("",)
        found[path.name.split(".")[0]] = reader.read(path, missing=missing).to_pandas()
    return found


def atoms(a: pd.DataFrame, b: pd.DataFrame, columns: list[str]) -> float:
    """Return the largest difference in shares of values that 1 % of the rows of `b` have."""
    errors = [0.0]
    for c in columns:
        counts = b[c].dropna().value_counts(normalize=True)
        values = a[c].dropna()
        errors += [abs((values == v).mean() - counts[v]) for v in counts.index[counts >= 0.01]]
    return max(errors)


def tails(a: pd.DataFrame, b: pd.DataFrame, columns: list[str]) -> tuple[float, str]:
    """Return the largest relative difference of the 99th percentile, and its column."""
    errors = [(0.0, "")]
    for c in columns:
        x, y = a[c].quantile(0.99), b[c].quantile(0.99)
        if y != 0:
            errors.append((abs(float(x) / float(y) - 1.0), str(c)))
    return max(errors)


def ranks(df: pd.DataFrame, columns: list[str]) -> np.ndarray:
    r = df[columns].corr("spearman").to_numpy()
    return r[np.triu_indices(len(columns), 1)]


def judge(df: pd.DataFrame) -> dict[str, object]:
    order = np.random.default_rng(SEED).permutation(len(df))
    half = len(df) // 2
    train = df.iloc[order[:half]].reset_index(drop=True)
    held = df.iloc[order[half : 2 * half]].reset_index(drop=True)
    start = time.perf_counter()
    model = cs.fit(train, copula="gaussian", rng=SEED)
    fitted = time.perf_counter() - start
    start = time.perf_counter()
    drawn = model.sample(ROWS, rng=SEED)
    sampled = time.perf_counter() - start
    assert list(drawn.columns) == list(train.columns)
    assert (drawn.dtypes == train.dtypes).all()
    modelled = {c.name for c in model.schema.columns if c.modelled}
    numbers = [c for c in train.select_dtypes("number").columns if c in modelled]
    tail, column = tails(drawn, train, numbers)
    r, s, t = (ranks(x, numbers) for x in (train, drawn, held))
    nonnegative = [c for c in numbers if train[c].min() >= 0]
    return {
        "rows x columns": f"{half:,} x {df.shape[1]}",
        "derived": len(model.rules),
        "fit s": f"{fitted:.1f}",
        "sample s": f"{sampled:.1f}",
        "atoms: training": f"{atoms(drawn, train, numbers):.4f}",
        "held out": f"{atoms(drawn, held, numbers):.3f} ({atoms(train, held, numbers):.3f})",
        "q.99": f"{tail:.3f} {column} ({tails(held, train, numbers)[0]:.3f})",
        "Spearman: training": f"{np.nanmean(np.abs(s - r)):.3f}",
        "held out ": f"{np.nanmean(np.abs(s - t)):.3f} ({np.nanmean(np.abs(r - t)):.3f})",
        "below 0": f"{max([float((drawn[c] < 0).mean()) for c in nonnegative], default=0):.3g}",
    }


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    lines: list[str] = []
    for name, df in sources(folder).items():
        row = {"table": name, **judge(df)}
        if not lines:
            lines = ["| " + " | ".join(row) + " |", "|" + "---|" * len(row)]
        lines.append("| " + " | ".join(str(v) for v in row.values()) + " |")
        print(lines[-1], flush=True)
    versions = (
        f"Python {platform.python_version()}, copulasynth {cs.__version__}, NumPy "
        f"{np.__version__}, SciPy {scipy.__version__}, pandas {pd.__version__}."
    )
    RESULTS.write_text(TEXT.format(versions=versions) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
