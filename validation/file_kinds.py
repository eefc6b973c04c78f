"""A small model of every kind that a file may hold, for damaging their files."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import copulasynth as cs
from copulasynth.marginals.parametric import Parametric
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.truncated import Truncated
from copulasynth.model.release.export import released

__all__ = ["KINDS", "document"]

ROWS = 120
SKIPPING = ("calls", "plan", "usage", "income", "start")
FILES = Path(__file__).resolve().parents[1] / "tests" / "files"
LEVELS = ["low", "middle", "high"]
START = pd.Timestamp("2024-01-01")

#: Families whose values are 0, 1, 2, ...
COUNTS = (
    "poisson",
    "geometric",
    "binomial",
    "negative_binomial",
    "zero_inflated_poisson",
    "zero_inflated_negative_binomial",
)
SHAPES = ("empirical", "kernel", "gpd", "parametric")
CONTINUOUS = (
    "normal",
    "lognormal",
    "gamma",
    "weibull",
    "exponential",
    "uniform",
    "normal_mixture",
    "lognormal_mixture",
)
COPULAS = ("independence", "gaussian", "student", "vine", "tree", "mixture", "blend")
OTHERS = ("bootstrap", "smote", "munge", "cart", "parametric", "kde", "kernel")


def mixed(rng: np.random.Generator, n: int = ROWS) -> pd.DataFrame:
    """Return a column with zeros, one with gaps and a missing code, counts, levels and a time."""
    z = rng.standard_normal((n, 3))
    income = np.where(rng.random(n) < 0.1, np.nan, np.round(30 + 8 * z[:, 0], 1))
    return pd.DataFrame(
        {
            "usage": np.where(rng.random(n) < 0.25, 0.0, np.round(np.exp(3 + z[:, 0]), 1)),
            "income": np.where(rng.random(n) < 0.1, -8.0, income),
            "calls": rng.poisson(np.exp(0.5 + 0.4 * z[:, 1])),
            "plan": np.where(z[:, 1] < 0, "basic", "premium"),
            "start": START + pd.to_timedelta(rng.integers(0, 90 * 86400, n), "s"),
        }
    )


def dates(rng: np.random.Generator, n: int = ROWS) -> pd.DataFrame:
    """Return times with a zone, days, durations, times of the day, decimals and categoricals."""
    seconds = rng.integers(0, 90 * 86400, n)
    zoned = (START + pd.to_timedelta(seconds, "s")).tz_localize("UTC")
    level = pd.Categorical(rng.choice(LEVELS, n), LEVELS, ordered=True)
    return pd.DataFrame(
        {
            "zoned": zoned.tz_convert("Europe/Berlin"),
            "day": START + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "length": pd.to_timedelta(rng.integers(1, 500, n), "min"),
            "level": level,
            "flag": rng.random(n) < 0.3,
            "known": pd.array(rng.integers(0, 99, n), dtype="Int16"),
            "price": [f"{x:.2f}" for x in rng.lognormal(3, 1, n)],
            "id": [f"id{i}" for i in range(n)],
            "same": 7,
        }
    )


def bills(rng: np.random.Generator, n: int = 800) -> pd.DataFrame:
    """Return columns that follow from others: in groups, by a lookup, where they are there."""
    plan, grade = rng.choice(3, n), rng.choice(30, n)
    minutes = rng.poisson(100, n)
    calls = rng.poisson(30, n)
    charge = np.array([5.0, 9.0, 20.0])[plan] + np.array([0.5, 0.25, 0.0])[plan] * minutes
    charge += np.array([0.1, 0.0, 0.2])[plan] * calls
    size = np.where(rng.random(n) < 0.1, np.nan, np.round(rng.normal(50, 10, n)))
    return pd.DataFrame(
        {
            "plan": np.array(["basic", "flat", "pro"])[plan],
            "minutes": minutes,
            "calls": calls,
            "charge": np.round(charge, 2),
            "grade": np.array([f"g{k:02d}" for k in range(30)])[grade],
            "rate": np.round(5.32 + grade * 0.65, 2),
            "size": size,
            "decile": np.where(np.isnan(size), 0, np.ceil(np.nan_to_num(size) / 10)),
        }
    )


def orders(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Return an order, a sum that errs, a link, towns in countries, and prices that end in 9."""
    region = rng.choice(8, n)
    start = START + pd.to_timedelta(rng.integers(0, 300, n), "D")
    quantity, price = 1 + rng.poisson(2, n), np.floor(rng.lognormal(3, 0.5, n)) + 0.99
    off = np.where(rng.random(n) < 0.05, 1.0, 0.0)
    claims = rng.poisson(0.5, n)
    return pd.DataFrame(
        {
            "ordered": start,
            "shipped": start + pd.to_timedelta(rng.geometric(0.2, n), "D"),
            "quantity": quantity,
            "price": np.round(price, 2),
            "total": np.round(quantity * price - off, 2),
            "country": np.array(["DE", "FR"])[region // 4],
            "town": np.array([f"town{k}" for k in range(8)])[region],
            "claims": claims,
            "amount": np.where(claims > 0, np.round(rng.lognormal(7, 1, n), 2), 0.0),
        }
    )


def flags(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Return columns of which one is 1 in every row, and two that formulas make of others."""
    kind = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    weight, height = np.round(rng.normal(75, 10, n), 1), np.round(rng.normal(170, 8, n), 1)
    bmi = np.round(weight / (height / 100) ** 2, 1)
    table = {f"is_{c}": (kind == k).astype(int) for k, c in enumerate("abcd")}
    return pd.DataFrame(
        {**table, "weight": weight, "height": height, "bmi": bmi, "most": np.maximum(weight, bmi)}
    )


def months(rng: np.random.Generator, n: int = 1500) -> pd.DataFrame:
    """Return month ends, a date in three columns, a comparison, shares of a hundred, turnouts."""
    ends = pd.period_range("2010-01", periods=150, freq="M").end_time.normalize()
    ends = ends[rng.integers(0, 150, n)]
    born = START - pd.to_timedelta(rng.integers(0, 20_000, n), "D")
    parts = np.round(100 * rng.dirichlet([3, 2, 5], n), 1)
    people = np.round(np.exp(rng.normal(9, 1.2, n)))
    votes = np.round(people * rng.beta(14, 8, n))
    return pd.DataFrame(
        {
            "end": ends,
            "quarter": ends.quarter,
            "year": born.year,
            "month": born.month,
            "day": born.day,
            **{name: parts[:, k] for k, name in enumerate(("coal", "gas", "wind"))},
            "people": people,
            "votes": votes,
            "turnout": np.round(votes / people, 4),
            "more": (people * 0.6 + rng.normal(0, 900, n)).round(),
        }
    ).assign(many=lambda t: (t["votes"] > t["more"]).astype(int))


def places(rng: np.random.Generator, n: int = 600) -> pd.DataFrame:
    """Return a place on a ring, and a time with hours and weekdays of its own."""
    angle = rng.random(n) * 2 * np.pi
    day = rng.choice([d for d in range(140) if d % 7 != 6], n)
    minute = np.clip(np.round(rng.normal(840, 150, n)), 540, 1199)
    return pd.DataFrame(
        {
            "latitude": np.round(48 + np.sin(angle) + rng.normal(0, 0.05, n), 4),
            "longitude": np.round(9 + np.cos(angle) + rng.normal(0, 0.05, n), 4),
            "when": START + pd.to_timedelta(day, "D") + pd.to_timedelta(minute, "min"),
        }
    )


def payments(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Return bills, some of which are paid in full, and by how many days some were late."""
    bill = np.round(rng.lognormal(6, 1, n))
    due, delay = rng.integers(0, 500, n), rng.integers(-30, 40, n)
    return pd.DataFrame(
        {
            "bill": bill,
            "due": START + pd.to_timedelta(due, "D"),
            "day": START + pd.to_timedelta(due + delay, "D"),
            "late": np.maximum(0, delay),
            "at": 100 * ((minute := rng.integers(480, 1200, n)) // 60) + minute % 60,
            "born": (born := START - pd.to_timedelta(rng.integers(5000, 30_000, n), "D")),
            "age": 2024 - born.year - (born.month > 6),
            "adult": born + pd.DateOffset(years=18),
            "paid": np.where(rng.random(n) < 0.3, bill, np.round(rng.lognormal(5, 1, n))),
        }
    )


def staff(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Return bonuses from one grade on, and managers from another."""
    grade = rng.integers(1, 9, n)
    return pd.DataFrame(
        {
            "grade": grade,
            "bonus": np.where(grade >= 4, rng.choice([5, 10, 15], n), 0),
            "manager": np.where((grade >= 5) & (rng.random(n) < 0.5), "yes", "no"),
        }
    )


TABLES = {
    "payments": payments,
    "staff": staff,
    "mixed": mixed,
    "dates": dates,
    "bills": bills,
    "orders": orders,
    "flags": flags,
    "months": months,
    "places": places,
}


def table(name: str) -> pd.DataFrame:
    """Return a small table by name, always the same."""
    return TABLES[name](np.random.default_rng(1))


def fitted(copula: Any, name: str = "mixed", **how: Any) -> Any:
    """Return a copula fitted to a table, or another method by its name."""
    df = table(name)
    if isinstance(copula, str) and copula.startswith(("vine", "blend")):
        # each of its pairs is a table of numbers
        df = df[["usage", "calls", "plan"]]
    elif name == "mixed":
        codes = {"missing_codes": {"income": [-8.0]}}
        how = {"schema": cs.Schema.infer(df, **codes), **how}
    return cs.fit(df, copula=copula, rng=1, **how)


def groups() -> Any:
    """Return a model of two laws of groups, one of which has a column of one value."""
    df = mixed(np.random.default_rng(3), 5 * ROWS)
    df["region"] = np.where(np.arange(len(df)) % 2, "north", "south")
    df.loc[df.region == "south", "calls"] = 2
    return cs.fit(df[["region", "usage", "calls"]], by="region", copula="gaussian", rng=1)


def family(name: str) -> Any:
    """Return a model whose columns have a marginal of a family."""
    rng = np.random.default_rng(2)
    x = rng.poisson(3, ROWS) if name in COUNTS else np.round(rng.gamma(4, 0.1, ROWS), 3)
    if name.startswith("zero"):
        x[::4] = 0
    return cs.fit(pd.DataFrame({"x": x}), copula="independence", marginals={"x": name}, rng=1)


def wrapped() -> Any:
    """Return a model whose columns have marginals of marginals."""
    df = table("mixed")[["usage", "calls", "income"]].fillna(30.0)
    df["usage"] = np.where(df["usage"] > 20, df["usage"] + 5000, df["usage"])
    model = cs.fit(df, copula="gaussian", marginals="auto", rng=1)
    first, *rest = model.sampler.marginals
    rest[-1] = Truncated(Rounded(Parametric("normal", (30.0, 8.0), (0.1, 0.1)), 0.5), 0.0, 60.0)
    return replace(model, sampler=replace(model.sampler, marginals=(first, *rest)))


def ruled(name: str, *rules: Any) -> Any:
    """Return a model of a table with rules, found or declared."""
    return fitted("gaussian", name, marginals="empirical", **({"rules": rules} if rules else {}))


DECLARED = (
    cs.rules.Order("ordered", "shipped"),
    cs.rules.Identity("total = price * quantity", allow=0.1),
    cs.rules.Combination("country", "town"),
    cs.rules.Link("claims = 0 -> amount = 0"),
    cs.rules.Lattice("price"),
    cs.rules.Range("quantity", 1, 40),
)


def left(copula: str, name: str) -> Any:
    """Return a model that may leave: nothing in it rests on few rows."""
    return released(fitted(copula, name), 3)


def imported() -> Any:
    """Return a model that was read from another package's."""
    laws = [{"type": "GammaUnivariate", "a": 2.0, "loc": 0.0, "scale": 1.0}]
    laws += [{"type": "TruncatedGaussian", "a": -1.0, "b": 2.0, "loc": 0.0, "scale": 3.0}]
    names, r = ["x", "y"], [[1.0, 0.4], [0.4, 1.0]]
    kind = {"type": "GaussianMultivariate", "columns": names}
    return cs.import_copulas_gaussian({**kind, "univariates": laws, "correlation": r})


def older(name: str) -> Any:
    """Return the document of a file of an older version."""
    return json.loads((FILES / name).read_text())


def synthesizer(knobs: Any, name: str = "mixed") -> Any:
    """Return what a method that no copula is fits to a table."""
    return knobs.fit(table(name), rng=1)


#: Name -> what makes the model, or the document, of that kind.
KINDS: dict[str, Callable[[], Any]] = {
    **{name: partial(fitted, name) for name in COPULAS},
    **{f"{name} + calibration": partial(fitted, f"{name} + calibration") for name in COPULAS},
    **{name: partial(fitted, name) for name in OTHERS},
    "smooth cart": partial(synthesizer, cs.SequentialCart(smoothing="spline")),
    "cart in strata": partial(
        synthesizer,
        cs.SequentialCart(strata="plan", rules={"usage": ("calls < 1", 0.0)}, order=SKIPPING),
    ),
    "inverse tree": partial(synthesizer, cs.InverseTree("plan")),
    "uniform inverse tree": partial(synthesizer, cs.InverseTree("plan", within="uniform")),
    "proper": partial(fitted, "gaussian", proper=True, draws=2),
    "groups": groups,
    "groups: one of them": lambda: groups().group({"region": "south"}),
    "dates: tree": partial(fitted, "tree", "dates"),
    "dates: cart": partial(fitted, "cart", "dates"),
    **{f"marginals: {name}": partial(fitted, "gaussian", marginals=name) for name in SHAPES},
    **{f"marginal: {name}": partial(family, name) for name in (*COUNTS, *CONTINUOUS)},
    "rules: payments": partial(ruled, "payments"),
    "rules: staff": partial(ruled, "staff"),
    "released: mixed": partial(left, "gaussian", "mixed"),
    "released: orders": partial(left, "tree + calibration", "orders"),
    "rules: orders": partial(ruled, "orders", *DECLARED),
    "rules: places": partial(
        ruled, "places", cs.rules.Place("latitude", "longitude"), cs.rules.Calendar("when")
    ),
    "rules: bills": partial(ruled, "bills"),
    "rules: months": partial(ruled, "months"),
    "rules: flags": partial(
        ruled,
        "flags",
        cs.rules.OneHot("is_a", "is_b", "is_c", "is_d"),
        cs.rules.Identity("bmi = 10000 * weight / height^2"),
        cs.rules.Identity("most = max(weight, bmi)"),
    ),
    "wrapped marginals": wrapped,
    "small blend": partial(
        fitted, cs.Blend((cs.Gaussian(), cs.Vine(families=("gaussian", "clayton"), truncation=1)))
    ),
    "parametric vine": partial(fitted, cs.Vine(families="parametric")),
    "dates: parametric": partial(fitted, "parametric", "dates"),
    "imported": imported,
    "version 1: joint": partial(older, "version1_joint.json"),
    "version 1: kernel": partial(older, "version1_kernel.json"),
    "version 2: tree": partial(older, "version2_tree.json"),
}


def document(name: str, folder: Path) -> dict[str, Any]:
    """Return the document of a file of a kind."""
    made = KINDS[name]()
    if isinstance(made, dict):
        return made
    path = folder / "kind.json"
    made.save(path)
    return dict(json.loads(path.read_text()))
