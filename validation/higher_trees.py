"""What do the trees of a vine beyond the third hold? Three ways to end it, judged by other rows.

Each table is cut into 2,500 rows to fit to and as many others. Latent scores are imputed once, so
that all vines see the same numbers. Shown are the log-likelihood of the other rows, the largest and
the root mean square error of a correlation of normal scores in 20,000 draws, and processor time.

    python validation/higher_trees.py --tables SD2011,adult
"""

import argparse
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from dependence_tables import load
from scipy.special import ndtr, ndtri

import copulasynth as cs
from copulasynth._arrays import open_unit
from copulasynth.copulas import Independence, Vine
from copulasynth.copulas.elliptical.latent import latent_scores
from copulasynth.copulas.vine.fit import fit_vine
from copulasynth.model.encoded import cells_among

SETTINGS = {
    "three trees": Vine(truncation=3),
    "mbicv": Vine(truncation="mbicv"),
    "three and Gaussian ones": Vine(),
    "all trees": Vine(truncation=None),
}


def scores(table: str, rows: int) -> np.ndarray:
    """Return pseudo-observations of both halves, one below the other."""
    halves = load(table, 1, 2 * rows)[:2]
    df = pd.concat(halves, ignore_index=True)
    model = cs.fit(df, copula=Independence(), marginals="empirical", rng=1)
    x = model.law.extended(model.schema.encode(df))
    cells = cells_among(model.coordinates, x, list(model.free))
    return open_unit(ndtr(latent_scores(cells, np.random.default_rng(1))[1]))


def study(tables: list[str], rows: int) -> Iterator[dict[str, object]]:
    for table in tables:
        u = scores(table, rows)
        half = len(u) // 2
        train, rest = u[:half], np.asfortranarray(u[half:])
        truth = np.corrcoef(ndtri(rest), rowvar=False)
        for name, knobs in SETTINGS.items():
            start = time.process_time()
            vine = fit_vine(train, knobs)
            seconds = time.process_time() - start
            drawn = vine.draw(20_000, np.random.default_rng(1))
            error = (np.corrcoef(drawn) - truth)[np.triu_indices(vine.dim, 1)]
            yield {
                "table": table,
                "variables": vine.dim,
                "vine": name,
                "trees": len(vine.array),
                "seconds": f"{seconds:.1f}",
                "loglik a row": f"{vine.logpdf(rest).mean():.2f}",
                "largest error": f"{np.abs(error).max():.2f}",
                "rms error": f"{np.sqrt((error**2).mean()):.3f}",
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default="SD2011,adult,ibm_telco,credit_default")
    parser.add_argument("--rows", type=int, default=2500)
    parser.add_argument("--out", default=Path(__file__).parent / "results", type=Path)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    found = list(study(args.tables.split(","), args.rows))
    lines = ["# Higher trees of vines", "", "Made by `python validation/higher_trees.py`.", ""]
    lines += ["| " + " | ".join(found[0]) + " |", "|---" * len(found[0]) + "|"]
    lines += ["| " + " | ".join(map(str, row.values())) + " |" for row in found]
    (args.out / "higher_trees.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
