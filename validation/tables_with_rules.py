"""Tables full of rules, drawn by copulas and by sequential CART: what holds, and who is found out.

    python validation/tables_with_rules.py --seeds 3

Half of 5,000 simulated rows are fitted. `broken` is the share of 20,000 drawn rows that break any
of the table's relations, which are known but not told to any method; `worst` the largest share
that breaks one of them; the two judges are trained on one draw and a part of the other half of the
rows, and tested on another draw and the rest. Means over seeds, with standard errors of the judges.
Writes results/tables_with_rules.md.
"""

import argparse
import os
import warnings
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from ruled_tables import TABLES, Ruled

import copulasynth as cs
from copulasynth.metrics import c2st

ROWS, DRAWN = 5000, 20_000

METHODS: dict[str, Callable[[pd.DataFrame, int], Any]] = {
    "default": lambda t, seed: cs.fit(t, rng=seed),
    "gaussian": lambda t, seed: cs.fit(t, copula="gaussian", rng=seed),
    "sequential CART": lambda t, seed: cs.SequentialCart(min_leaf=5).fit(t, rng=seed),
}

HEAD = """# Tables full of rules

Made by `python validation/tables_with_rules.py --seeds {seeds}`: half of {rows:,} simulated rows
are fitted; `broken` is the share of {drawn:,} drawn rows that break any relation, `worst` the
largest that breaks one; boosting and forest are the AUC of judges by the split scheme. Means over
seeds.
{date}; {used}.

| table | relations | method | broken | worst | boosting | forest |
|---|---|---|---|---|---|---|
"""


def scores(table: Ruled, method: str, seed: int) -> dict[str, float]:
    """Fit one method to one table and return what its rows break and who finds them out."""
    rows = table.make(np.random.default_rng(seed), ROWS)
    train, holdout = rows[: ROWS // 2], rows[ROWS // 2 :].reset_index(drop=True)
    model = METHODS[method](train, seed)
    obeyed = table.rules(model.sample(DRAWN, rng=seed + 1))
    draws = tuple(model.sample(ROWS // 4, rng=seed + k) for k in (2, 3))
    told = {
        judge: c2st(train, draws, holdout=holdout, judge=judge, rng=seed).value
        for judge in ("boosting", "forest")
    }
    return {
        "relations": len(obeyed),
        "broken": 1 - float(np.logical_and.reduce([*obeyed.values()]).mean()),
        "worst": max(1 - float(np.mean(o)) for o in obeyed.values()),
        **told,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=",".join(METHODS))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    used = ", ".join(f"{p} {version(p)}" for p in ("numpy", "scikit-learn"))
    text = HEAD.format(seeds=args.seeds, rows=ROWS, drawn=DRAWN, date=date.today(), used=used)
    for name in args.tables.split(","):
        for method in args.methods.split(","):
            each = [scores(TABLES[name], method, seed) for seed in range(1, args.seeds + 1)]
            found = pd.DataFrame(each)
            mean, error = found.mean(), found.std() / np.sqrt(args.seeds)
            judges = " | ".join(f"{mean[j]:.3f} ± {error[j]:.3f}" for j in ("boosting", "forest"))
            text += (
                f"| {name} | {mean['relations']:.0f} | {method} | {mean['broken']:.4f} | "
                f"{mean['worst']:.4f} | {judges} |\n"
            )
            print(text.splitlines()[-1], flush=True)
    (Path(__file__).parent / "results" / "tables_with_rules.md").write_text(text)


if __name__ == "__main__":
    main()
