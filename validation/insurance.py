"""The imbalance study of examples/imbalance.py on the real vehicle-insurance table.

Run: python validation/insurance.py PATH/vehicle_xsell_30pct.csv.gz [--rows 30000] [--seeds 3]

Prints the mean over seeds of every score and its standard deviation, and writes
validation/results/insurance.md.
"""

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "examples"))

from imbalance import study  # noqa: E402

KINDS = {"Region_Code": "nominal", "Policy_Sales_Channel": "nominal"}
SCORES = ["F1", "AUC", "average precision", "Brier", "threshold"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.path).drop(columns="id")
    found = []
    for seed in range(arguments.seeds):
        rows = table.sample(min(arguments.rows, len(table)), random_state=seed)
        start = time.process_time()
        found.append(study(rows.reset_index(drop=True), "Response", 1, KINDS, seed=seed))
        print(f"seed {seed}: {time.process_time() - start:.0f} s CPU", flush=True)
    runs = pd.concat(found, keys=range(arguments.seeds), names=["seed", "method"])
    by = runs[SCORES].groupby("method", sort=False)
    mean, sd = by.mean(), by.std()
    text = mean.map("{:.3f}".format) + " (" + sd.map("{:.3f}".format) + ")"
    print(text.to_string())
    lines = [
        "# Vehicle insurance, rare class augmented",
        "",
        f"{arguments.rows:,} rows, {table['Response'].mean():.1%} positive, 70 % to train, forest",
        f"of 200 trees; mean (standard deviation) over {arguments.seeds} splits. No added row",
        "descends from a test row (checked in every run).",
        "",
        "| method | " + " | ".join(SCORES) + " |",
        "|---|" + "---|" * len(SCORES),
        *(f"| {name} | " + " | ".join(row) + " |" for name, row in text.iterrows()),
    ]
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "insurance.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
