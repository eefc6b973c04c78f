"""Which copula should the rule of "auto" name? Tables cut to three sizes, many settings, one judge.

Each table gives a training half and a holdout half of 500, 2,500 or 10,000 rows (half of the
table where there are fewer). Marginals and rules are fitted once a cut, each copula is fitted to
the same half, and draws twice as many rows. They are judged by the split scheme of `metrics.c2st`;
the row "fresh" takes the two halves of the training half in place of draws.

    python validation/default_rule.py --sizes 500,2500 --seeds 1 --resume

Writes OUT.json (every score) and OUT.md (means over tables), in `validation/results` unless `--out`
says where; `--resume` goes on with OUT.json.
"""

import argparse
import json
import os
import tempfile
import time
import warnings
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from dependence_scores import Coder, copies, dcr_share
from dependence_tables import TABLES, load

import copulasynth as cs
from copulasynth.copulas import Calibrated, Gaussian, Independence, Mixture, Tree, Vine
from copulasynth.errors import CopulasynthError
from copulasynth.metrics import c2st
from copulasynth.model.fit import with_copula

SHOWN = ["boosting", "forest", "dcr_share", "copies_more", "file_ratio", "megabytes", "seconds"]


def _tree(leaf: int, group: int, bags: int, acceptance: float = 0.4) -> tuple[str, object]:
    name = f"tree {leaf}/{group}/{bags}" + (f" at {acceptance}" if acceptance != 0.4 else "")
    return name, Calibrated(Tree(leaf=leaf, group=group, bags=bags), acceptance=acceptance)


SETTINGS: dict[str, object] = dict(
    [
        ("default", Calibrated(Tree())),
        *(_tree(leaf, 10, bags) for leaf in (10, 20, 30, 40, 60, 80, 160) for bags in (2, 3, 8)),
        _tree(20, 2, 8),
        _tree(20, 10, 2, 0.6),
        _tree(20, 10, 2, 0.8),
        ("default, 10 bins, 400 tables", Calibrated(Tree(), bins=10, pairs=400)),
        ("gaussian", Gaussian()),
        ("gaussian, calibrated", Calibrated(Gaussian())),
        ("mixture, calibrated", Calibrated(Mixture())),
        ("vine, calibrated", Calibrated(Vine())),
        ("sequential CART", cs.SequentialCart(min_leaf=5)),
        ("sequential CART, pruned", cs.SequentialCart(min_leaf=5, prune=True)),
    ]
)


def scores(
    train: pd.DataFrame, holdout: pd.DataFrame, draws: list[pd.DataFrame], seed: int
) -> dict[str, float]:
    """Return the scores of two draws, each of as many rows as half the holdout has."""
    coder = Coder(train, holdout)
    real, fresh = coder(train), coder(holdout)
    both = np.vstack([coder(d) for d in draws])
    area = partial(c2st, train, tuple(draws), holdout=holdout, rng=seed)
    return {
        "boosting": area(judge="boosting").value,
        "forest": area(judge="forest").value,
        "dcr_share": dcr_share(real, fresh, both, coder.nominal),
        "copies_more": copies(real, both) - copies(real, fresh),
    }


def study(table: str, rows: int, seed: int, settings: list[str], done: set[tuple]) -> object:
    """Yield one row of scores a setting, for one cut of one table."""
    left = [s for s in settings if (table, rows, seed, s) not in done]
    if not left:
        return
    train, holdout, _ = load(table, seed, 2 * rows)
    half = len(holdout) // 2
    bare = cs.fit(train, copula=Independence(), marginals="spline", rng=seed)
    with tempfile.TemporaryDirectory() as folder:
        csv, file = Path(folder) / "t.csv", Path(folder) / "m.json"
        train.to_csv(csv, index=False)
        for name in left:
            key = {"table": table, "rows": rows, "seed": seed, "setting": name, "n": len(train)}
            if name == "fresh":
                yield key | scores(train, holdout, [train[:half], train[half : 2 * half]], seed)
                continue
            start = time.process_time()
            try:
                made = SETTINGS[name]
                if isinstance(made, cs.SequentialCart):
                    model = made.fit(train, rng=seed)
                else:
                    model = with_copula(bare, train, made, rng=seed)
                seconds = time.process_time() - start
                drawn = model.sample(2 * half, rng=seed + 1)
            except (CopulasynthError, ValueError, ArithmeticError) as e:
                yield key | {"why": f"{type(e).__name__}: {e}"}
                continue
            model.save(file)
            size = {
                "seconds": seconds,
                "megabytes": file.stat().st_size / 1e6,
                "file_ratio": file.stat().st_size / csv.stat().st_size,
            }
            draws = [drawn[:half], drawn[half:].reset_index(drop=True)]
            yield key | size | scores(train, holdout, draws, seed)


TITLE = """# Settings for the rule of "auto"

Made by `python validation/default_rule.py`: means over the tables of each size, judged by the
split scheme; "fresh" is the training half itself. {date}; {used}.

"""


def markdown(df: pd.DataFrame) -> str:
    """Return means over tables, a section a size."""
    used = ", ".join(f"{p} {version(p)}" for p in ("numpy", "scikit-learn"))
    out = [TITLE.format(date=date.today(), used=used)]
    for rows, part in df.groupby("rows"):
        by = part.groupby("setting", sort=False)
        mean = part.reindex(columns=["setting", *SHOWN]).groupby("setting", sort=False).mean()
        mean.insert(0, "cuts", by.size())
        lines = [
            "| setting | " + " | ".join(mean.columns) + " |",
            "|" + "---|" * (mean.shape[1] + 1),
        ]
        for name, row in mean.iterrows():
            cells = [f"{int(row['cuts'])}", *(f"{row[s]:.3f}" for s in SHOWN)]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        out.append(f"## {rows:,} rows\n\n" + "\n".join(lines) + "\n")
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--sizes", default="500,2500,10000")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--settings", default=";".join(["fresh", *SETTINGS]))
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("validation/results/default_rule"))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: list[dict] = []
    if args.resume and args.out.with_suffix(".json").exists():
        rows = json.loads(args.out.with_suffix(".json").read_text())
    done = {(r["table"], r["rows"], r["seed"], r["setting"]) for r in rows}
    for size in map(int, args.sizes.split(",")):
        for seed in range(1, args.seeds + 1):
            for table in args.tables.split(","):
                for row in study(table, size, seed, args.settings.split(";"), done):
                    rows.append(row)
                    print(row, flush=True)
                    args.out.with_suffix(".json").write_text(json.dumps(rows, indent=0))
                    df = pd.DataFrame([r for r in rows if "why" not in r])
                    args.out.with_suffix(".md").write_text(markdown(df))


if __name__ == "__main__":
    main()
