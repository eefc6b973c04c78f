"""How well do the dependence models hold up on real tables? One setting for all of them.

Each table is cut into a training and a holdout half of at most 2,500 rows. Every method is fitted
to the training half, draws as many rows, and is judged against the holdout: two classifiers that
tell made rows from real ones, pair tables, a prediction task, nearest neighbours, exact copies.
The classifiers are trained on one half of the draw and of the holdout, and tested on the others
("split"); the same by cross-validation ("cv") stands beside it, since that is what others report.
The training half itself is the reference row "real".

    python validation/dependence.py --seeds 3 --jobs 2 --out validation/results/dependence

Writes OUT.json (every single score) and OUT.md (means with their Monte-Carlo standard errors).
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from dependence_scores import scores
from dependence_tables import TABLES, load

import copulasynth as cs
from copulasynth.copulas import Blend, Calibrated, Gaussian, Mixture, Tree, Vine
from copulasynth.errors import CopulasynthError
from copulasynth.synthesizers.sequence.cart import SequentialCart

Method = Callable[[pd.DataFrame, int, int], pd.DataFrame]

SHOWN = ["split_boosting", "split_forest", "cv_boosting", "cv_forest"]
SHOWN += ["tv2_ratio", "tstr_ratio", "dcr_share", "copies_more"]


def _copula(knobs: object) -> Method:
    def make(train: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
        return cs.fit(train, copula=knobs, rng=seed).sample(n, rng=seed + 1)

    return make


def _cart(min_leaf: int, prune: bool = True) -> Method:
    def make(train: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
        fitted = SequentialCart(min_leaf=min_leaf, prune=prune).fit(train, rng=seed)
        return fitted.sample(n, rng=seed + 1)

    return make


METHODS: dict[str, Method] = {
    "real": lambda train, n, seed: train,
    "default": _copula("auto"),
    "tree": _copula(Tree()),
    "tree, calibrated": _copula(Calibrated(Tree())),
    "mixture": _copula(Mixture()),
    "mixture, calibrated": _copula(Calibrated(Mixture())),
    "gaussian": _copula(Gaussian()),
    "gaussian, calibrated": _copula(Calibrated(Gaussian())),
    "vine": _copula(Vine()),
    "vine, calibrated": _copula(Calibrated(Vine())),
    "blend": _copula(Blend()),
    "blend, calibrated": _copula(Calibrated(Blend())),
    "cart, leaf 20": _cart(20),
    "cart, leaf 5": _cart(5),
    "cart, leaf 5, not pruned": _cart(5, prune=False),
}


def judge(job: tuple[str, str, int]) -> dict[str, object]:
    """Fit, draw and score one method on one cut of one table, or say why that failed."""
    method, table, seed = job
    warnings.simplefilter("ignore")
    train, holdout, task = load(table, seed)
    start = time.process_time()
    key: dict[str, object] = {"method": method, "table": table, "seed": seed}
    try:
        made = METHODS[method](train, len(train), seed)
    except (CopulasynthError, ValueError) as e:
        return {**key, "why": str(e)}
    seconds = time.process_time() - start
    return {**key, "cpu_seconds": seconds, **scores(train, holdout, made, task, seed)}


def summary(df: pd.DataFrame) -> pd.DataFrame:
    """Return means over tables and cuts, and standard errors over cuts within tables."""
    df = df.assign(
        tv2_ratio=df["tv2"] / df["tv2_train"],
        tstr_ratio=df["tstr"] / df["trtr"],
        copies_more=df["copies"] - df["copies_holdout"],
    )
    shown = [*SHOWN, "cpu_seconds"]
    mean = df.groupby(["method", "table"], sort=False)[shown].mean().groupby("method", sort=False)
    out = mean.mean()
    spread = df.groupby(["method", "table"], sort=False)[shown].var()
    tables = spread.groupby("method", sort=False).count().max(axis=None)
    cuts = df.groupby("method", sort=False)["seed"].nunique()
    total = spread.groupby("method", sort=False).sum().div(cuts, axis=0)
    error = np.sqrt(total.where(cuts > 1)) / max(tables, 1)
    for name in SHOWN:
        out[f"{name}_se"] = error[name]
    out.insert(0, "tables", mean.size())
    out.insert(1, "cuts", cuts)
    return out


TITLE = """# Copulas on eight real tables

Made by `python validation/dependence.py --seeds {seeds}`: halves of at most 2,500 rows,
means over tables and cuts, standard errors over cuts. "split" and "cv" are the AUC of two judges,
boosting and a forest: trained on one half of the draw and of the holdout and tested on the other
halves, and by cross-validation. "real" is the training half itself, "copies_more" the share of
exact copies beyond the holdout's; ratios are to the training half. A model that repeats the pair
tables of the training half on average has a tv2 ratio of about √(3/2), which is 1.22: its rows
bring sampling noise of their own to that of the training half.
{date}; {used}.

"""


def markdown(table: pd.DataFrame, seeds: int) -> str:
    """Return the summary as a Markdown table, each score with its standard error."""
    head = ["method", "tables", "cuts", *SHOWN, "cpu s"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, row in table.iterrows():
        cells = [str(name), str(int(row["tables"])), str(int(row["cuts"]))]
        for score in SHOWN:
            error = row[f"{score}_se"]
            cells.append(f"{row[score]:.3f}" + ("" if np.isnan(error) else f" ± {error:.3f}"))
        lines.append("| " + " | ".join([*cells, f"{row['cpu_seconds']:.1f}"]) + " |")
    used = ", ".join(f"{p} {version(p)}" for p in ("numpy", "scikit-learn", "pyvinecopulib"))
    title = TITLE.format(seeds=seeds, date=date.today(), used=used)
    return title + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=";".join(METHODS), help="separated by semicolons")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="keep the scores that OUT.json has")
    parser.add_argument("--out", type=Path, default=Path("validation/results/dependence"))
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    methods, tables = args.methods.split(";"), args.tables.split(",")
    jobs = [(m, t, s) for s in range(1, args.seeds + 1) for t in tables for m in methods]
    rows: list[dict[str, object]] = []
    failed: list[dict[str, object]] = []
    if args.resume:
        rows = json.loads(args.out.with_suffix(".json").read_text())["scores"]
        done = {(row["method"], row["table"], row["seed"]) for row in rows}
        jobs = [job for job in jobs if job not in done]
    with ProcessPoolExecutor(args.jobs) as pool:
        for row in pool.map(judge, jobs):
            (failed if "why" in row else rows).append(row)
            print(
                {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}, flush=True
            )
            args.out.with_suffix(".json").write_text(
                json.dumps({"scores": rows, "failed": failed}, indent=1)
            )
            df = pd.DataFrame(rows)
            if rows:
                args.out.with_suffix(".md").write_text(
                    markdown(summary(df), len(df["seed"].unique()))
                )


if __name__ == "__main__":
    main()
