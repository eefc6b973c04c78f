"""Coverage of 95 % intervals by Rubin's rules after `model.impute`, on tables with known laws.

    python validation/imputation.py --tables 300

Three columns: x is normal, z skewed and y = 1 + x + z / 2 + noise; gaps of z and y are at random
given x (about 25 % of each), or completely at random. Means and regression coefficients are
estimated from m filled tables; an interval covers if it holds the value of the population.
"""

import argparse
import datetime
import platform
import sys
import time

import numpy as np
import pandas as pd
import scipy

import copulasynth as cs
from copulasynth.inference import combine

TERMS = ["mean z", "mean y", "intercept", "slope x", "slope z"]


def draw(n: int, mechanism: str, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a table with gaps."""
    x = rng.normal(size=n)
    z = np.exp(0.3 * x + 0.4 * rng.normal(size=n))
    y = 1 + x + 0.5 * z + rng.normal(size=n)
    odds = -1.3 + (1.0 * x if mechanism == "random given x" else 0.0)
    lost = [rng.random(n) < 1 / (1 + np.exp(-odds)) for _ in range(2)]
    return pd.DataFrame(
        {"x": x, "z": np.where(lost[0], np.nan, z), "y": np.where(lost[1], np.nan, y)}
    )


TRUTH = np.array([np.exp(0.5 * 0.25), 1 + 0.5 * np.exp(0.5 * 0.25), 1.0, 1.0, 0.5])


def estimates(t: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimates and their squared standard errors in a complete table."""
    a = np.column_stack([np.ones(len(t)), t["x"], t["z"]])
    y = t["y"].to_numpy()
    inverse = np.linalg.inv(a.T @ a)
    b = inverse @ a.T @ y
    s2 = np.sum((y - a @ b) ** 2) / (len(y) - 3)
    means = t[["z", "y"]]
    return (
        np.r_[means.mean(), b],
        np.r_[means.var() / len(t), s2 * np.diag(inverse)],
    )


def study(copula: str, mechanism: str, tables: int, n: int, m: int, seed: int) -> pd.DataFrame:
    """Return coverage, bias and width of each term."""
    hits, off, ratio = [], [], []
    for k in range(tables):
        rng = np.random.default_rng([seed, k])
        df = draw(n, mechanism, rng)
        model = cs.fit(df, copula=copula, marginals="spline", rng=rng)
        fits = [estimates(t) for t in model.impute(df, m=m, rng=rng)]
        q, v = (np.array(part) for part in zip(*fits, strict=True))
        c = combine(q, v, k=n, rule="rubin", complete=[n - 1, n - 1, n - 3, n - 3, n - 3])
        low, high = c.interval()
        hits.append((low <= TRUTH) & (high >= TRUTH))
        off.append(c.estimate - TRUTH)
        ratio.append(c.se)
    spread = np.std(off, axis=0)
    return pd.DataFrame(
        {
            "coverage": np.mean(hits, axis=0),
            "bias / sd": np.mean(off, axis=0) / spread,
            "se / sd": np.mean(ratio, axis=0) / spread,
        },
        index=TERMS,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=300)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("-m", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copulas", nargs="*", default=["gaussian"])
    a = parser.parse_args()
    print(
        f"{datetime.date.today()}; copulasynth {cs.__version__}, numpy {np.__version__}, scipy "
        f"{scipy.__version__}, Python {platform.python_version()}; seed {a.seed}; {a.tables} "
        f"tables of {a.rows} rows, m = {a.m}; the standard error of a coverage of .95 is "
        f"{np.sqrt(0.95 * 0.05 / a.tables):.3f}"
    )
    for copula in a.copulas:
        for mechanism in ("completely at random", "random given x"):
            start = time.perf_counter()
            table = study(copula, mechanism, a.tables, a.rows, a.m, a.seed)
            print(f"\n{copula}, gaps {mechanism} ({time.perf_counter() - start:.0f} s)")
            print(table.round(3).to_string())
            sys.stdout.flush()


if __name__ == "__main__":
    main()
