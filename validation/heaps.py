"""What heaps bring: how well a forest tells one synthetic column from a real one.

Every numeric column of the tables of ``validation/dependence.py`` is drawn from its default
marginal, with heaps and without, and judged alone against the holdout half.

    python validation/heaps.py --seeds 2 --out validation/results/heaps.md

Writes the columns in which the two differ by more than .01, and the means over all.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from dependence_scores import Coder, crossed
from dependence_tables import TABLES, load

import copulasynth as cs
from copulasynth.marginals import _knots

NOTE = """Made by `python validation/heaps.py --seeds {seeds}`: AUC of a forest that tells one
synthetic column from the holdout's, for the columns where heaps move it by more than .01, and over
all.

"""


def auc(train: pd.DataFrame, holdout: pd.DataFrame, chance: float, seed: int) -> float:
    """Return the AUC of a forest on one column, its marginal fitted with this chance of a heap."""
    before, _knots.CHANCE = _knots.CHANCE, chance
    try:
        made = cs.fit(train, copula="independence", rng=seed).sample(len(train), rng=seed + 1)
    finally:
        _knots.CHANCE = before
    coder = Coder(train, holdout)
    return crossed(coder(holdout), coder(made), coder.nominal, "forest", seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("validation/results/heaps.md"))
    args = parser.parse_args()
    rows = []
    for table in TABLES:
        for seed in range(1, args.seeds + 1):
            train, holdout, _ = load(table, seed)
            for c in train.columns:
                if not pd.api.types.is_numeric_dtype(train[c]) or train[c].nunique() < 50:
                    continue
                two = train[[c]], holdout[[c]]
                row = {"table": table, "column": str(c), "real": np.nan}
                coder = Coder(*two)
                row["real"] = crossed(coder(two[1]), coder(two[0]), coder.nominal, "forest", seed)
                row["without"] = auc(*two, 0.0, seed)
                row["with"] = auc(*two, _knots.CHANCE, seed)
                rows.append(row)
                print(row, flush=True)
    mean = pd.DataFrame(rows).groupby(["table", "column"], sort=False).mean().reset_index()
    moved = mean[(mean["with"] - mean["without"]).abs() > 0.01]
    whole = mean[["real", "without", "with"]].mean().rename(("all", f"{len(mean)} columns"))
    head = ["table", "column", "training half", "without heaps", "with heaps"]
    shown = [*moved.itertuples(index=False, name=None), (*whole.name, *whole)]
    lines = [head, ["---"] * 5, *([a, b, *(f"{v:.3f}" for v in rest)] for a, b, *rest in shown)]
    title = "# Heaps of round numbers\n\n" + NOTE.format(seeds=args.seeds)
    args.out.write_text(title + "".join("| " + " | ".join(line) + " |\n" for line in lines))


if __name__ == "__main__":
    main()
