"""Tables to try things on: simulated telecom customers, and the usage pair of a known question."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, generator

__all__ = ["simulate_telecom", "simulate_telecom_pair"]

Rng = int | np.random.Generator | None


def simulate_telecom(n: int = 5000, *, rng: Rng = None) -> pd.DataFrame:
    """Simulate telecom customers: 22 columns with the quirks of real ones.

    Usage is skewed and shares a factor; roaming is 90 % zeros, premium spend 80 %, calls abroad
    40 %; the monthly charge has a minimum, a cap and a heavy tail between; incomes are missing
    more often for the young; satisfaction is missing for most who never called; dates, a gap
    since the last top-up, an ordered contract, unordered plans and regions, counts and flags.

    Parameters
    ----------
    n : int
        Number of customers.
    rng : int, numpy.random.Generator or None

    Returns
    -------
    pandas.DataFrame
        n rows and 22 columns.

    Examples
    --------
    >>> df = simulate_telecom(1000, rng=1)
    >>> df.shape
    (1000, 22)
    >>> bool((df["roaming_min"] == 0).mean() > 0.8)
    True
    """
    rng = generator(rng)
    people = _people(n, rng)
    usage = _usage(people, rng)
    columns = {**people, **usage, **_money(people, usage, rng)}
    texts = {k: columns[k].tolist() for k in ("region", "plan", "churn")}
    return pd.DataFrame({**columns, **texts})


def _people(n: int, rng: np.random.Generator) -> dict[str, Any]:
    age = np.clip(np.round(18 + 62 * rng.beta(1.6, 2.4, n)), 18, 80).astype(np.int64)
    tenure = np.floor(np.minimum(rng.gamma(1.4, 18, n) * (0.6 + age / 70), 120)).astype(np.int64)
    region = rng.choice(
        ["north", "south", "east", "west", "centre", "islands"],
        n,
        p=[0.24, 0.21, 0.18, 0.17, 0.16, 0.04],
    )
    lean = (age - 45) / 20 + 0.8 * (region == "centre") + rng.standard_normal(n)
    plan = np.select(
        [lean < -0.9, lean < 0.3, lean < 1.2], ["prepaid", "basic", "family"], "premium"
    )
    bound = ndtr(0.02 * (tenure - 24) + 0.9 * (plan != "prepaid") - 0.6 + rng.standard_normal(n))
    contract = pd.Categorical.from_codes(
        np.digitize(bound, [0.45, 0.75]),
        pd.Index(["monthly", "one year", "two years"]),
        ordered=True,
    )
    first = np.datetime64("2026-01-01", "s") - (tenure * 30.4375 * 86_400).astype("m8[s]")
    start = (first - rng.integers(0, 30, n).astype("m8[D]")).astype("M8[D]").astype("M8[s]")
    return {
        "tenure_months": tenure,
        "age": age,
        "region": region,
        "plan": plan,
        "contract": contract,
        "signup_date": start,
        "paperless": ndtr((40 - age) / 25 + rng.standard_normal(n)) > 0.45,
        "autopay": ndtr(0.7 * (bound - 0.5) + rng.standard_normal(n)) > 0.5,
    }


def _usage(people: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    age, plan = people["age"], people["plan"]
    n = age.size
    active = rng.standard_normal(n)
    tier = np.select([plan == "prepaid", plan == "basic", plan == "family"], [-0.6, 0.0, 0.5], 0.9)
    data = np.exp(6.6 + tier - (age - 40) / 35 + 0.8 * active + 0.5 * rng.standard_normal(n))
    data[rng.random(n) < 0.05 + 0.10 * (age > 60)] = 0.0
    voice = np.exp(4.4 + 0.3 * tier + (age - 40) / 60 + 0.6 * active + 0.5 * rng.standard_normal(n))
    abroad = rng.gamma(0.9, 14 * np.exp(0.5 * active + 0.3 * tier))
    abroad[rng.random(n) < 0.40] = 0.0
    roaming = rng.gamma(0.7, 60 * np.exp(0.4 * active))
    roaming[ndtr(rng.standard_normal(n) + 0.4 * (tier - 0.2)) < 0.90] = 0.0
    dropped = rng.poisson(np.exp(-0.7 + 0.35 * active + 0.5 * (people["region"] == "islands")))
    return {
        "data_mb": np.round(data, 1),
        "voice_min": np.round(voice, 1),
        "sms": rng.negative_binomial(1.2, 1.2 / (1.2 + 25 * np.exp(0.4 * active - 0.02 * age))),
        "abroad_min": np.round(abroad, 1),
        "roaming_min": np.round(roaming, 1),
        "dropped_calls": dropped,
        "care_calls": rng.poisson(np.exp(-0.9 + 0.45 * np.log1p(dropped))),
    }


def _money(
    people: dict[str, Any], usage: dict[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    age, plan = people["age"], people["plan"]
    n = age.size
    data, roaming, care = usage["data_mb"], usage["roaming_min"], usage["care_calls"]
    premium = np.exp(2.2 + 0.25 * np.log1p(data) / 2 + 0.7 * rng.standard_normal(n))
    premium[rng.random(n) < 0.80] = 0.0
    base = np.select(
        [plan == "prepaid", plan == "basic", plan == "family"], [6.0, 15.0, 28.0], 40.0
    )
    charge = base + 0.004 * data + 0.2 * roaming + premium + 4 * rng.standard_t(3, n)
    income = np.exp(
        10.1 + 0.25 * (plan == "premium") + 0.012 * (age - 18) - 0.0002 * (age - 50) ** 2
    )
    income = np.round(income * np.exp(0.45 * rng.standard_normal(n)), -2)
    income[rng.random(n) < ndtr((28 - age) / 10 - 0.4)] = np.nan
    satisfied = np.clip(np.round(4.2 - 0.5 * care + 0.9 * rng.standard_normal(n)), 1, 5)
    satisfied[rng.random(n) < np.where(care == 0, 0.6, 0.15)] = np.nan
    monthly = people["contract"] == "monthly"
    leave = -2.6 + 0.5 * care + 1.0 * monthly - 0.015 * people["tenure_months"]
    topup = rng.gamma(1.2, np.where(plan == "prepaid", 12.0, 30.0) * 24 * 3600).astype("m8[s]")
    return {
        "premium_spend": np.round(premium, 2),
        "monthly_charge": np.round(np.clip(charge, 9.99, 149.99), 2),
        "discount_pct": rng.choice([0, 5, 10, 20], n, p=[0.62, 0.16, 0.14, 0.08]),
        "income": income,
        "satisfaction": satisfied,
        "since_topup": topup,
        "churn": np.where(rng.logistic(leave, 1.0) > 0, "yes", "no"),
    }


#: The published describe() of the usage pair: mean, sd, quartiles, maximum; 4,999 rows, minimum 0.
PAIR = {
    "after": (350.58, 566.07, (52.975, 183.388, 414.599), 10_980.0),
    "before": (391.76, 693.18, (93.9915, 226.027, 453.261167), 27_028.0),
}
PAIR_ROWS = 4999


def simulate_telecom_pair(*, rng: Rng = None) -> pd.DataFrame:
    """Simulate the usage of 4,999 customers before and after, with the published describe().

    The dependence is a Student t copula with 4 degrees of freedom and correlation .9, so that
    heavy use before and after go together; each column is an exact arrangement of values with
    the published count, mean, standard deviation, minimum, quartiles and maximum.

    Parameters
    ----------
    rng : int, numpy.random.Generator or None

    Returns
    -------
    pandas.DataFrame
        Columns ``after`` and ``before``, 4,999 rows.

    Examples
    --------
    >>> simulate_telecom_pair(rng=1).describe().round(2).loc[["mean", "std", "max"]]
            after    before
    mean   350.58    391.76
    std    566.07    693.18
    max  10980.00  27028.00
    """
    rng = generator(rng)
    z = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], PAIR_ROWS)
    scores = z / np.sqrt(rng.chisquare(4, (PAIR_ROWS, 1)) / 4)
    ranks = scores.argsort(axis=0).argsort(axis=0)
    return pd.DataFrame({name: _arrange(*PAIR[name])[ranks[:, j]] for j, name in enumerate(PAIR)})


def _arrange(mean: float, sd: float, quartiles: tuple[float, ...], top: float) -> Floats:
    """Return 4,999 increasing values with exactly these moments, quartiles and extremes.

    The three lower quarters are curves through the quartiles from a few zeros on; the upper
    quarter is a lognormal-like curve whose two constants are solved for mean and variance.
    """
    n = PAIR_ROWS
    q1, q2, q3 = quartiles
    i = np.arange(n)
    zero, a, b, c = n // 25, (n - 1) / 4, (n - 1) / 2, 3 * (n - 1) / 4
    x = np.interp(i, [zero, a, b, c], [0.0, q1, q2, q3])
    x[:zero] = 0.0
    tail = np.arange(int(np.ceil(c)) + 1, n - 1)
    p = (tail - c) / (n - c)
    # type-7 quartiles fall between two order statistics; both take the quartile itself
    for at, q in ((a, q1), (b, q2), (c, q3)):
        x[[int(np.floor(at)), int(np.ceil(at))]] = q
    x[-1] = top
    score = ndtri((1 + p) / 2)

    def upper(constants: Floats) -> Floats:
        s, g = np.exp(constants)
        return np.asarray(np.minimum(q3 + s * np.expm1(g * score), top))

    def misfit(constants: Floats) -> Floats:
        y = x.copy()
        y[tail] = upper(constants)
        return np.array([y.mean() - mean, y.std(ddof=1) - sd])

    solved = least_squares(misfit, np.log([q3 / 2, 0.8]), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    x[tail] = upper(solved.x)
    return np.asarray(x, dtype=np.float64)
