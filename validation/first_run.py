"""Fit every table at hand on one half, draw a million rows, and hold them against the other half.

Run `python validation/first_run.py [FOLDER]`; FOLDER holds .csv or .csv.gz files. Two tables of
statsmodels are always among them.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

import copulasynth as cs
from copulasynth import tables

ROWS = 1_000_000
SEED = 1


def sources(folder: Path | None) -> dict[str, object]:
    found: dict[str, object] = {
        "randhie": sm.datasets.randhie.load_pandas().data,
        "fair": sm.datasets.fair.load_pandas().data,
    }
    for path in sorted(folder.glob("*.csv*")) if folder else ():
        missing = ("", " ", "?") if "telco" in path.name or "adult" in path.name else ("",)
        found[path.name.split(".")[0]] = tables.read(path, missing=missing).to_pandas()
    return found


def judge(name: str, df: pd.DataFrame) -> dict[str, object]:
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(df))
    half = len(df) // 2
    train = df.iloc[order[:half]].reset_index(drop=True)
    held = df.iloc[order[half : 2 * half]].reset_index(drop=True)
    start = time.perf_counter()
    model = cs.fit(train, copula="gaussian", rng=SEED)
    fitted = time.perf_counter() - start
    drawn = model.sample(ROWS, rng=SEED)
    numbers = [
        c for c in train.select_dtypes("number").columns if len(pd.unique(train[c])) < 0.98 * half
    ]
    row: dict[str, object] = {"table": name, "rows": half, "columns": df.shape[1], "fit s": fitted}
    for label, other in (("synthetic", drawn), ("training half", train)):
        atoms, tails = [], []
        for c in numbers:
            v = held[c].dropna()
            counts = v.value_counts(normalize=True)
            atoms += [
                abs((other[c].dropna() == value).mean() - counts[value])
                for value in counts.index[counts >= 0.05]
            ]
            low, high = v.quantile([0.01, 0.99])
            if high > low:
                tails.append(abs(other[c].quantile(0.99) - high) / (high - low))
        a, b = (t[numbers].corr("spearman").to_numpy() for t in (other, held))
        upper = np.triu_indices(len(numbers), 1)
        row[f"atoms, {label}"] = max(atoms, default=0.0)
        row[f"q.99, {label}"] = max(tails, default=0.0)
        row[f"Spearman, {label}"] = float(np.nanmean(np.abs(a - b)[upper]))
    below = [float((drawn[c] < 0).mean()) for c in numbers if train[c].min() >= 0]
    row["below 0"] = max(below, default=0.0)
    row["derived"] = len(model.derivations)
    assert (drawn.dtypes == train.dtypes[drawn.columns]).all()
    return row


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    rows = []
    for name, df in sources(folder).items():
        rows.append(judge(name, df))
        print(pd.DataFrame(rows[-1:]).to_string(index=False, float_format="%.3f"), flush=True)
    print("\nLargest share error of atoms >= 5 %, largest error of q.99 relative to the q.01-q.99")
    print("range, and mean absolute Spearman error against the held-out half; the training half is")
    print(f"the reference. {ROWS:,} rows drawn, seed {SEED}.\n")
    print(pd.DataFrame(rows).round(3).to_markdown(index=False) if rows else "")


if __name__ == "__main__":
    main()
