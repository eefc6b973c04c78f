"""Are the rows of a table different persons, or a few persons again and again?

    python validation/same_persons.py [--shared ../shared]

For each table and each period up to 200: how much of the variance of its numbers (ranks, mean over
columns) lies between row numbers modulo the period, beyond what as many random groups would have.
Near 0 for rows of different persons in any order. Prints the period that says most.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

#: Longest period that is tried; a number of fewer values is left out.
LONGEST, FEW = 200, 20


def between(ranks, period):
    """Return the share of the variance between groups, less what chance gives them."""
    group = np.arange(len(ranks)) % period
    means = pd.DataFrame(ranks).groupby(group).transform("mean").to_numpy()
    share = means.var(axis=0) / ranks.var(axis=0)
    chance = (period - 1) / (len(ranks) - 1)
    return float((share.mean() - chance) / (1 - chance))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", default="../shared")
    args = parser.parse_args()
    for path in sorted(Path(args.shared, "data").glob("*.csv.gz")):
        table = pd.read_csv(path)
        numbers = table.select_dtypes("number").dropna(axis=1)
        numbers = numbers.loc[:, numbers.nunique() > FEW]
        if numbers.empty:
            continue
        ranks = numbers.rank().to_numpy()
        # a drift over the rows is no period
        ranks = ranks - pd.DataFrame(ranks).rolling(LONGEST, 1, center=True).mean().to_numpy()
        shares = {period: between(ranks, period) for period in range(2, LONGEST + 1)}
        best = max(shares, key=shares.get)
        name = path.name.partition(".")[0]
        print(f"{name:<20} {len(table):>7,} rows  period {best:>3}: {shares[best]:.2f}")


if __name__ == "__main__":
    main()
