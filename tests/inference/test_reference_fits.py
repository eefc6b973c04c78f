"""Fits, summaries and comparisons against R: synthpop's, MASS::polr's and nnet::multinom's."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import special

from copulasynth.inference import combine, compare_fits, fit_original, fit_synthetic

SETS = {
    "cart": ["SD2011_syn_cart"],
    "parametric": ["SD2011_syn_parametric"],
    "sample": ["SD2011_syn_sample"],
    "parametric_m5": [f"SD2011_syn_parametric_m5_{i}" for i in range(1, 6)],
}
MODELS = {"lm": ("ols", None), "glm": ("glm", "binomial")}


@pytest.fixture(scope="module")
def survey(shared):
    types = json.loads(shared("reference/SD2011_types.json").read_text())["cols"]

    def read(name):
        path = shared(f"reference/{name}.csv.gz")
        df = pd.read_csv(path, keep_default_na=False, na_values=[""])
        for column in df:
            if types[column]["levels"]:
                df[column] = pd.Categorical(df[column], types[column]["levels"])
        df["linc"] = np.sqrt(df["income"].where(df["income"] >= 0))
        df["y"] = (df["wkabint"] == "NO").astype(float).where(df["wkabint"].notna())
        return df

    return read


@pytest.fixture(scope="module")
def reference(shared):
    return json.loads(shared("reference/ref_models.json").read_text())["fits"]


def renamed(names):
    return [
        "Intercept" if v == "(Intercept)" else v if v == "age" else f"{v[:3]}[T.{v[3:]}]"
        for v in names
    ]


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", SETS)
def test_fits_and_both_summaries_agree_with_synthpop(survey, reference, name, model):
    expected, (kind, family) = reference[name][model], MODELS[model]
    tables = [survey(file) for file in SETS[name]]
    for rule, key in (
        ("expected", "summary_orig_inference"),
        ("population", "summary_population_inference"),
    ):
        fit = fit_synthetic(expected["formula"], tables, kind, rule, n_original=5000, family=family)
        rows = renamed(expected[key]["rows"])
        close(fit.table.loc[rows, ["estimate", "se", "z", "p"]], expected[key]["values"])
    if expected["mcoef"] is not None:
        columns = renamed(expected["mcoef"]["cols"])
        fits = fit.fits.pivot_table(index="synthesis", columns="term", values=["estimate", "se"])
        close(fits["estimate"][columns], expected["mcoef"]["values"])
        close(fits["se"][columns] ** 2, expected["mvar"]["values"])


@pytest.mark.shared
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("rule", ["expected", "population"])
def test_comparisons_agree_with_synthpop(survey, reference, name, model, rule):
    kind, family = MODELS[model]
    formula = reference[name][model]["formula"]
    expected = reference[name][model][
        "compare_popinf_FALSE" if rule == "expected" else "compare_popinf_TRUE"
    ]
    original = fit_original(formula, survey("SD2011_ods7"), kind, family=family)
    tables = [survey(file) for file in SETS[name]]
    c = compare_fits(original, fit_synthetic(formula, tables, kind, rule, family=family))
    rows = renamed(expected["coef_obs"]["rows"])
    t = c.table.loc[rows]
    close(t[["original", "se_original"]], np.array(expected["coef_obs"]["values"])[:, :2])
    close(t[["synthetic", "se_synthetic"]], np.array(expected["coef_syn"]["values"])[:, :2])
    columns = ["synthetic", "original", "difference", "std_difference"]
    close(t[columns], expected["coef_diff"]["values"])
    close(t["overlap"], expected["ci_overlap"])
    close(c.mean_overlap, expected["mean_ci_overlap"])
    close(c.mean_abs_std_difference, expected["mean_abs_std_diff"])
    close(c.lack_of_fit, expected["lack_of_fit"])
    close(c.lack_of_fit_p, expected["lof_pvalue"])
    assert c.df == expected["ncoef"]


@pytest.mark.shared
@pytest.mark.parametrize("model", MODELS)
def test_summaries_of_proper_syntheses_agree_with_synthpop(reference, model):
    expected = reference["parametric_proper_m5"][model]
    q, v = expected["mcoef"]["values"], expected["mvar"]["values"]
    for rule, key in (
        ("expected", "summary_orig_inference"),
        ("population", "summary_population_inference"),
    ):
        c = combine(q, v, k=5000, rule=rule, proper=True)
        ours = np.column_stack([c.estimate, c.se, c.estimate / c.se, c.p_value()])
        close(ours, expected[key]["values"])


# Madsen (1976), as tabulated in Venables & Ripley (2002), Modern Applied Statistics with S,
# section 7.3: satisfaction (fastest) by influence, type of housing and contact.
COUNTS = """21 21 28 34 22 36 10 11 36 61 23 17 43 35 40 26 18 54 13 9 10 8 8 12 6 7 9 18 6 7
15 13 13 7 5 11 14 19 37 17 23 40 3 5 23 78 46 43 48 45 86 15 25 62 20 23 20 10 22 24 7 10 21
57 23 13 31 21 13 5 6 13"""
LEVELS = {
    "Cont": ["Low", "High"],
    "Type": ["Tower", "Apartment", "Atrium", "Terrace"],
    "Infl": ["Low", "Medium", "High"],
    "Sat": ["Low", "Medium", "High"],
}


@pytest.fixture(scope="module")
def housing():
    index = pd.MultiIndex.from_product(LEVELS.values(), names=LEVELS.keys())
    df = index.to_frame(index=False).loc[np.repeat(np.arange(72), [int(c) for c in COUNTS.split()])]
    assert len(df) == 1681
    for name, levels in LEVELS.items():
        df[name] = pd.Categorical(df[name], levels, ordered=name == "Sat")
    return df.reset_index(drop=True)


POLR = {
    "Infl[T.Medium]": (0.5663937, 0.1046528),
    "Infl[T.High]": (1.2888191, 0.1271556),
    "Type[T.Apartment]": (-0.5723501, 0.1192382),
    "Type[T.Atrium]": (-0.3661866, 0.1551736),
    "Type[T.Terrace]": (-1.0910149, 0.1514861),
    "Cont[T.High]": (0.3602841, 0.0955358),
    "Low|Medium": (-0.4961353, 0.1248472),
    "Medium|High": (0.6907083, 0.1254719),
}


def test_the_ordered_model_has_the_slopes_and_thresholds_of_polr(housing):
    table = fit_synthetic("Sat ~ Infl + Type + Cont", housing, "ordered").table
    assert list(table.index) == list(POLR)
    np.testing.assert_allclose(table[["estimate", "se"]], list(POLR.values()), atol=5e-6)


def design(housing):
    columns = [np.ones(len(housing))]
    for name in ("Infl", "Type", "Cont"):
        columns += [(housing[name] == level).to_numpy(float) for level in LEVELS[name][1:]]
    return np.column_stack(columns)


@pytest.mark.parametrize(("link", "cdf"), [("logit", special.expit), ("probit", special.ndtr)])
def test_the_ordered_model_solves_its_likelihood_equations(housing, link, cdf):
    original = fit_original("Sat ~ Infl + Type + Cont", housing, "ordered", family=link)
    theta = original.coefficients.estimate
    x, y = design(housing)[:, 1:], housing["Sat"].cat.codes.to_numpy()

    def loglik(t):
        cuts = np.concatenate(([-np.inf], t[6:], [np.inf]))
        eta = x @ t[:6]
        return np.log(cdf(cuts[y + 1] - eta) - cdf(cuts[y] - eta)).sum()

    h, steps = 1e-4, np.eye(8) * 1e-4
    score = [(loglik(theta + s) - loglik(theta - s)) / (2 * h) for s in steps]
    np.testing.assert_allclose(score, 0, atol=1e-4)
    curvature = [
        [
            loglik(theta + a + b) - loglik(theta + a - b) - loglik(theta - a + b)
            + loglik(theta - a - b)
            for a in steps
        ]
        for b in steps
    ]  # fmt: skip
    se = np.sqrt(np.diag(np.linalg.inv(-np.array(curvature) / (4 * h * h))))
    np.testing.assert_allclose(np.sqrt(np.diag(original.coefficients.covariance)), se, rtol=1e-3)


def test_the_multinomial_model_has_the_deviance_of_multinom_and_solves_its_equations(housing):
    original = fit_original("Sat ~ Infl + Type + Cont", housing, "mnlogit")
    c = original.coefficients
    assert c.terms[0] == "Medium: Intercept"
    assert c.terms[-1] == "High: Cont[T.High]"
    x, y = design(housing), housing["Sat"].cat.codes.to_numpy()
    eta = np.column_stack([np.zeros(len(x)), x @ c.estimate.reshape(2, 7).T])
    p = special.softmax(eta, axis=1)
    deviance = -2 * np.log(p[np.arange(len(y)), y]).sum()
    assert deviance == pytest.approx(3470.084, abs=5e-4)
    residual = (y[:, None] == [1, 2]) - p[:, 1:]
    np.testing.assert_allclose(residual.T @ x, 0, atol=1e-8)
    blocks = [[(x * (p[:, [a]] * ((a == b) - p[:, [b]]))).T @ x for b in (1, 2)] for a in (1, 2)]
    np.testing.assert_allclose(c.covariance, np.linalg.inv(np.block(blocks)), rtol=1e-6)
