"""The telecom question: 5,000 customers in, 1,000,000 customers out, and what became of them.

A table of 22 columns with zeros, caps, gaps, dates and levels is fitted once and drawn from; then
the quirks of the original are looked for in the result. Nothing is judged here by rows that were
fitted to except descriptions; for a judgement with a holdout see the tutorial.

Run: python examples/telecom.py [--rows 1000000] [--copula gaussian] [--out synthetic.parquet]
"""

import argparse
import time

import pandas as pd

import copulasynth as cs

CUSTOMERS = 5000


def quirks(table: pd.DataFrame) -> dict[str, float]:
    """Return what synthetic tables often lose."""
    young = table["age"] < 30
    heavy = table["data_mb"] > table["data_mb"].quantile(0.95)
    return {
        "roaming: share of zeros": (table["roaming_min"] == 0).mean(),
        "premium spend: share of zeros": (table["premium_spend"] == 0).mean(),
        "charge: share at the cap": (table["monthly_charge"] == 149.99).mean(),
        "charge: share at the minimum": (table["monthly_charge"] == 9.99).mean(),
        "income missing, under 30": table.loc[young, "income"].isna().mean(),
        "income missing, from 30": table.loc[~young, "income"].isna().mean(),
        "churn after 3 or more care calls": (
            table.loc[table["care_calls"] >= 3, "churn"] == "yes"
        ).mean(),
        "churn otherwise": (table.loc[table["care_calls"] < 3, "churn"] == "yes").mean(),
        "data and charge, rank correlation": table["data_mb"].corr(
            table["monthly_charge"], "spearman"
        ),
        "premium plan among the heaviest users": (table.loc[heavy, "plan"] == "premium").mean(),
        "usage: q.99 of data, MB": table["data_mb"].quantile(0.99),
        "usage: largest, MB": table["data_mb"].max(),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--copula", default="gaussian")
    options.add_argument("--out", help="also write the rows to this .parquet or .csv file")
    asked = options.parse_args()

    customers = cs.datasets.simulate_telecom(CUSTOMERS, rng=1)
    start = time.perf_counter()
    model = cs.fit(customers, copula=asked.copula, rng=1)
    print(f"{model}\n  fitted in {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    drawn = model.sample(asked.rows, rng=7, workers=2)
    print(f"  {len(drawn):,} rows drawn in {time.perf_counter() - start:.1f} s")
    if asked.out:
        model.write(asked.out, asked.rows, rng=7)
        print(f"  the same rows written to {asked.out}")

    print("\nMarginals and why:")
    chosen = model.marginals_table.query("chosen")
    print(chosen[["variable", "candidate", "reason"]].to_string(index=False))

    fresh = cs.datasets.simulate_telecom(200_000, rng=2)
    found = pd.DataFrame(
        {
            "5,000 customers": quirks(customers),
            f"{asked.rows:,} drawn": quirks(drawn),
            "200,000 of the population": quirks(fresh),
        }
    )
    print("\nQuirks:\n" + found.round(3).to_string())
    print(
        "\nThe last column is what nobody has in practice: fresh customers of the simulator. Drawn"
        "\nrows should lie about as far from it as the 5,000 do; more rows bring them no closer."
    )


if __name__ == "__main__":
    main()
