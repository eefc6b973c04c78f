"""Compare a generator of your own with what is in the package.

`cs.compare` takes anything with ``fit(df, rng=...)`` that returns something with
``sample(n, rng=...)``. An object whose ``fit`` changes the object itself, as in many libraries, is
wrapped by `cs.External`. Both are shown here with two small generators:

- Nudge copies training rows and adds noise to their numbers;
- Grouped draws numbers from a normal law of each plan, in the style of scikit-learn.

Run: python examples/own_generator.py [--rows 2000]
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

import copulasynth as cs

COLUMNS = ["age", "plan", "data_mb", "voice_min", "monthly_charge", "churn"]
METRICS = ["ks", "spearman", "tv2", "c2st_forest", "dcr_share", "exact_copies"]


@dataclass(frozen=True)
class Nudge:
    """Copy rows and shake their numbers by a share of the standard deviation."""

    share: float = 0.05

    def fit(self, df: pd.DataFrame, *, rng: object = None) -> "Nudged":
        return Nudged(df.reset_index(drop=True), self.share)


@dataclass(frozen=True, eq=False)
class Nudged:
    rows: pd.DataFrame
    share: float

    def sample(self, n: int, *, rng: object = None) -> pd.DataFrame:
        rng = np.random.default_rng(rng)
        drawn = self.rows.iloc[rng.integers(len(self.rows), size=n)].reset_index(drop=True)
        for name in drawn.select_dtypes("number"):
            noise = self.share * self.rows[name].std() * rng.standard_normal(n)
            shaken = (drawn[name] + noise).clip(self.rows[name].min())
            whole = pd.api.types.is_integer_dtype(drawn[name])
            drawn[name] = shaken.round().astype(drawn[name].dtype) if whole else shaken.round(1)
        return drawn


class Grouped:
    """Normal numbers for each plan; `fit` changes the object and `sample` takes a seed."""

    def fit(self, df: pd.DataFrame) -> None:
        self.types = df.dtypes
        self.groups = {plan: rows.reset_index(drop=True) for plan, rows in df.groupby("plan")}
        self.shares = df["plan"].value_counts(normalize=True)

    def sample(self, n: int, seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        parts = []
        plans = self.shares.index.to_numpy()
        for plan, size in zip(plans, rng.multinomial(n, self.shares), strict=True):
            rows = self.groups[plan]
            made = {}
            for name in rows.columns:
                if pd.api.types.is_numeric_dtype(rows[name]):
                    made[name] = rng.normal(rows[name].mean(), rows[name].std(), size)
                    made[name] = made[name].clip(rows[name].min(), rows[name].max())
                    made[name] = made[name].round(0 if name == "age" else 1)
                else:
                    made[name] = rng.choice(rows[name].to_numpy(), size)
            parts.append(pd.DataFrame(made))
        order = rng.permutation(n)
        return (
            pd.concat(parts, ignore_index=True)
            .iloc[order]
            .reset_index(drop=True)
            .astype(self.types)
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=4000, help="rows of the table, half to train")
    asked = options.parse_args()
    customers = cs.datasets.simulate_telecom(asked.rows, rng=1)[COLUMNS]
    comparison = cs.compare(
        customers,
        methods={
            "nudge": Nudge(),
            "grouped": cs.External(Grouped()),
            "gaussian": cs.CopulaSynthesizer(cs.Gaussian(), marginals="spline"),
            "tree": cs.CopulaSynthesizer(cs.Tree(), marginals="spline"),
            "cart": "cart",
            "independent": cs.IndependentMarginals(marginals="spline"),
        },
        metrics=METRICS,
        rng=1,
    )
    scores = pd.DataFrame(
        {
            method: {score.name: score.value for score in found.values()}
            for method, found in comparison.scores.items()
        }
    )
    first = next(iter(comparison.scores.values()))
    scores.insert(0, "real rows", {score.name: score.reference for score in first.values()})
    print(scores.round(3).to_string())
    for method, why in comparison.failed.items():
        print(f"{method} failed: {why}")
    print("\nRanks, ties where noise cannot tell methods apart:")
    print(comparison.ranks.round(2).to_string())
    print(
        "\nNudged copies keep correlations and pairs, and their DCR share says why: they sit on"
        "\ntraining rows. A method is good when it is hard to tell from real rows (C2ST) and no"
        "\ncloser to its training rows than fresh ones are (DCR share .5), both at once."
    )


if __name__ == "__main__":
    main()
