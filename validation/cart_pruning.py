"""Should the trees of nominal columns be pruned? Rare outcomes whose cause is known, two settings.

In each simulated table an outcome is rarer than a half everywhere, and depends on what stands
before it. Tables of `default_rule.py` ("sequential CART" and "sequential CART, pruned" there) say
what the same choice does to real ones.

    python validation/cart_pruning.py

Writes a table of means and standard deviations over the seeds to `validation/results`.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import expit, logit

import copulasynth as cs

Made = tuple[pd.DataFrame, Callable[[pd.DataFrame], float]]
SETTINGS = {"not pruned": cs.SequentialCart(prune=False), "pruned": cs.SequentialCart(prune=True)}
DRAWN = 20_000


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    age = rng.integers(18, 80, n)
    income = np.round(rng.lognormal(7.5, 0.6, n))
    region = rng.choice(list("abcdef"), n)
    smoker = np.where(rng.random(n) < 0.25, "yes", "no")
    return pd.DataFrame({"age": age, "income": income, "region": region, "smoker": smoker})


def _with(df: pd.DataFrame, risk: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    return df.assign(ill=np.where(rng.random(len(df)) < risk, "yes", "no"))


def _odds(df: pd.DataFrame, group: pd.Series) -> float:
    ill = df["ill"] == "yes"
    share = [(ill[g].sum() + 0.5) / (g.sum() + 1.0) for g in (group, ~group)]
    return float(logit(share[0]) - logit(share[1]))


def _smokers(df: pd.DataFrame) -> float:
    return _odds(df, df["smoker"] == "yes")


def _old(df: pd.DataFrame) -> float:
    return _odds(df, df["age"] >= 50)


def one_cause(n: int, rng: np.random.Generator) -> Made:
    """Return a table where smokers alone are at risk: .22 for .05."""
    df = _people(n, rng)
    return _with(df, np.where(df["smoker"] == "yes", 0.22, 0.05), rng), _smokers


def very_rare(n: int, rng: np.random.Generator) -> Made:
    """Return a table with .06 for .01."""
    df = _people(n, rng)
    return _with(df, np.where(df["smoker"] == "yes", 0.06, 0.01), rng), _smokers


def smooth(n: int, rng: np.random.Generator) -> Made:
    """Return a table whose risk grows with age, from .01 to .15."""
    df = _people(n, rng)
    return _with(df, expit(-4.6 + 2.9 * (df["age"] - 18) / 62), rng), _old


def no_cause(n: int, rng: np.random.Generator) -> Made:
    """Return a table with .1 for everybody: what the trees make up."""
    df = _people(n, rng)
    return _with(df, np.full(n, 0.1), rng), _smokers


def rows(sizes: list[int], seeds: int) -> Iterator[dict[str, object]]:
    """Yield the log odds ratio of a table and of each setting's draws."""
    for make in (one_cause, very_rare, smooth, no_cause):
        for n in sizes:
            for seed in range(seeds):
                df, ratio = make(n, np.random.default_rng(seed))
                key = {"table": make.__name__.replace("_", " "), "rows": n}
                yield key | {"setting": "the table itself", "log odds ratio": ratio(df)}
                for name, knobs in SETTINGS.items():
                    drawn = knobs.fit(df, rng=seed).sample(DRAWN, rng=seed + 1)
                    yield key | {"setting": name, "log odds ratio": ratio(drawn)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="500,2500,10000")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", default=Path(__file__).parent / "results", type=Path)
    args = parser.parse_args()
    found = pd.DataFrame(rows([int(n) for n in args.sizes.split(",")], args.seeds))
    order = dict.fromkeys(found["setting"])
    means = found.groupby(["table", "rows", "setting"], sort=False)["log odds ratio"]
    table = means.agg(["mean", "std"]).round(2).astype(str).agg(" ± ".join, axis=1)
    wide = table.unstack("setting")[list(order)].reset_index()  # noqa: PD010
    lines = ["| " + " | ".join(map(str, wide.columns)) + " |", "|---" * wide.shape[1] + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in wide.itertuples(index=False)]
    head = (
        "# Rare outcomes and pruning\n\nLog odds ratio between those at risk and the others, in "
        f"the table and in {DRAWN:,} drawn rows: mean ± standard deviation over {args.seeds} "
        "tables. Made by `python validation/cart_pruning.py`.\n\n"
    )
    (args.out / "cart_pruning.md").write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
