"""Regressions on synthetic surveys beside the originals: which synthesis keeps which coefficient.

Two surveys that come with statsmodels: the 1996 American National Election Study (944 voters) and
Fair's survey of marriages (6,366 women). Five syntheses of each are drawn from several models; a
regression is fitted to every synthesis, the fits are combined, and compared with the original's.

Run: python examples/survey_inference.py [--rows 2000]
"""

import argparse

import pandas as pd
import statsmodels.api as sm

import copulasynth as cs
from copulasynth.inference import compare_fits, fit_original, fit_synthetic

SYNTHESES = 5
METHODS = {
    "independent columns": cs.Independence(),
    "Gaussian copula": cs.Gaussian(),
    "mixture copula": cs.Mixture(),
    "tree copula": cs.Tree(),
    "vine copula": cs.Vine(truncation=3),
}


def surveys(most: int) -> dict[str, tuple[pd.DataFrame, str, str]]:
    """Return tables with a formula and the kind of regression."""
    voters = sm.datasets.anes96.load_pandas().data
    voters = voters[["TVnews", "selfLR", "PID", "age", "educ", "income", "vote"]].astype(int)
    voters = voters.head(most)
    marriages = sm.datasets.fair.load_pandas().data
    marriages = marriages.sample(min(most, len(marriages)), random_state=1)
    marriages["affair"] = (marriages["affairs"] > 0).astype(int)
    marriages = marriages.drop(columns=["affairs", "occupation_husb"]).reset_index(drop=True)
    return {
        "vote for Dole (anes96)": (voters, "vote ~ PID + selfLR + age + educ + income", "logit"),
        "any affair (fair)": (
            marriages,
            "affair ~ rate_marriage + age + yrs_married + religious + educ",
            "logit",
        ),
    }


def study(table: pd.DataFrame, formula: str, kind: str) -> None:
    original = fit_original(formula, table, model=kind)
    rows = {"original": original.table["estimate"]}
    summary = {}
    for name, copula in METHODS.items():
        model = cs.fit(table, copula=copula, marginals="spline", rng=1)
        syntheses = model.synthesise(m=SYNTHESES, rng=7)
        fit = fit_synthetic(
            formula, syntheses, model=kind, rule="population", n_original=len(table)
        )
        compared = compare_fits(original, fit)
        rows[name] = fit.table["estimate"]
        summary[name] = {
            "mean |std diff|": compared.mean_abs_std_difference,
            "mean CI overlap": compared.mean_overlap,
            "lack of fit p": compared.lack_of_fit_p,
        }
    print("Coefficients:\n" + pd.DataFrame(rows).round(3).to_string())
    print("\nBeside the original:\n" + pd.DataFrame(summary).T.round(3).to_string())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=3000, help="most rows of a survey")
    asked = options.parse_args()
    for name, (table, formula, kind) in surveys(asked.rows).items():
        print(f"\n{name}: {len(table):,} rows, {SYNTHESES} syntheses of as many; {formula}\n")
        study(table, formula, kind)
    print(
        "\nIndependent columns show what no dependence costs. A small lack-of-fit p says that a"
        "\nsynthesis moved the coefficients by more than chance: do not publish that regression"
        "\nfrom that synthesis."
    )


if __name__ == "__main__":
    main()
