"""What rules between columns cost in fidelity, on simulated tables with each kind of rule.

    python validation/rules.py --seeds 5

Each table is simulated twice from the same seed: with columns that follow a rule, and with what the
rule was made from in their place. Half of the rows are fitted, and a classifier (C2ST) that is
trained on one draw and one part of the other rows tells another draw from the rest of them. The
page shows means over seeds and standard errors; a rule costs nothing if both lines agree. `found`
is the share of the fits with a rule of the kind, `kept` that of drawn rows that obey every rule
found. `ks` and `shares` are the largest distance of a column of numbers, and of a share of a level
or atom, from the rows fitted.
"""

import argparse
import datetime
import platform
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

import copulasynth as cs
from copulasynth.metrics.joint.rule_shares import rules_kept

#: Share of the rows from which on a value is compared by its own share.
ATOM = 0.01

Rng = np.random.Generator
Maker = Callable[[Rng, int], tuple[pd.DataFrame, pd.DataFrame]]


def people(rng: Rng, n: int) -> pd.DataFrame:
    """Return columns that depend on each other but follow no rule."""
    age = rng.integers(0, 90, n)
    income = np.round(np.exp(rng.normal(10, 0.5, n) + 0.01 * age))
    group = np.where(rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 15)), "a", "b")
    return pd.DataFrame({"age": age, "income": income, "group": group})


def total(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    above = np.round(np.exp(rng.normal(7, 0.3, n)))
    below = np.where(rng.random(n) < 0.6, 0, np.round(np.exp(rng.normal(6, 0.5, n))))
    free = people(rng, n).assign(above=above, below=below)
    return free, free.assign(living=above + below)


def stay(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = pd.to_timedelta(rng.integers(0, 180, n), unit="D")
    free = people(rng, n).assign(start=pd.Timestamp("2024-01-01") + days, days=rng.poisson(4, n))
    end = free["start"] + pd.to_timedelta(free["days"], unit="D")
    return free, free.assign(end=end).drop(columns="days")


def claims(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    count = rng.poisson(0.3 + free["age"] / 200)
    amount = np.where(count > 0, np.round(np.exp(rng.normal(6, 1, n)), 2), 0.0)
    return free.assign(claims=count), free.assign(claims=count, amount=amount)


def city(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    pairs = [("FR", "Lyon"), ("FR", "Nice"), ("ES", "Vigo"), ("ES", "Mérida"), ("MX", "Mérida")]
    pairs += [("DE", "Bonn"), ("DE", "Kiel"), ("MX", "León"), ("ES", "León")]
    free = people(rng, n)
    code = np.clip(free["age"] // 12 + rng.integers(0, 3, n), 0, len(pairs) - 1)
    free = free.assign(city=[pairs[k][1] for k in code])
    return free, free.assign(country=[pairs[k][0] for k in code])


def one_hot(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    kind = np.clip(free["age"] // 25 + rng.integers(0, 2, n), 0, 4).astype(str)
    return free.assign(kind=kind), free.join(pd.get_dummies(kind, prefix="is").astype(int))


def digits(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    price = np.round(np.exp(rng.normal(12, 0.4, n) + free["age"] / 200))
    rounded = np.where(rng.random(n) < 0.96, np.round(price / 100) * 100, price)
    return free.assign(price=price), free.assign(price=rounded)


def hours(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free, start = people(rng, n), pd.Timestamp("2024-01-01")
    day = rng.integers(0, 180, n)
    work = day // 7 * 7 + day % 7 % 5
    even, open_ = (
        start + pd.to_timedelta(d * 1440 + m, unit="min")
        for d, m in ((day, rng.integers(0, 1440, n)), (work, rng.integers(480, 1200, n)))
    )
    return free.assign(at=even), free.assign(at=open_)


def places(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free, t = people(rng, n), rng.random(n)
    wide = free.assign(lat=rng.normal(47, 1, n).round(4), lon=rng.normal(8, 1, n).round(4))
    lat = 46 + 2 * t + 0.03 * rng.normal(size=n)
    lon = 8 + np.sin(6 * t) + 0.03 * rng.normal(size=n)
    return wide, free.assign(lat=lat.round(4), lon=lon.round(4))


def bounds(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    low = np.round(np.exp(rng.normal(4, 0.3, n) + free["age"] / 200), 1)
    gap = np.where(rng.random(n) < 0.1, 0, np.round(rng.gamma(2, 5, n), 1))
    return free.assign(low=low, gap=gap), free.assign(low=low, high=np.round(low + gap, 1))


def holes(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    second = rng.random(n) < 1 / (1 + np.exp((free["age"] - 40) / 15))
    near = np.round(rng.normal(20, 3, n), 2)
    far = np.round(60 + rng.gamma(4, 3, n), 2)
    one = np.round(rng.normal(20, 3, n) + 10 * second, 2)
    return free.assign(size=one), free.assign(size=np.where(second, far, near))


#: What makes each pair of tables, and the kind of the rule; holes are kept by marginals.
TABLES: dict[Maker, str] = {
    total: "identity",
    stay: "order",
    bounds: "order",
    city: "combination",
    claims: "link",
    one_hot: "one_hot",
    digits: "lattice",
    hours: "calendar",
    places: "place",
    holes: "",
}


def judged(df: pd.DataFrame, kind: str, told: argparse.Namespace, seed: int) -> dict[str, float]:
    """Fit one half, draw, and tell the rows from the other half."""
    train, held = cs.split(df, rng=seed)
    model = cs.fit(train, copula=told.copula, rng=seed)
    metrics = ["c2st_boosting", "c2st_forest"]
    found = cs.evaluate_model(model, train, holdout=held, metrics=metrics, method=False, rng=seed)
    drawn = model.sample(told.draws, rng=seed)
    rules = [rule.kind for rule in model.schema.rules or ()]
    kept = rules_kept(train, drawn, schema=model.schema, rng=seed).value
    scores = {m.removeprefix("c2st_"): found[m].value for m in metrics}
    return scores | {"found": float(kind in rules), "kept": kept} | departures(train, drawn)


def departures(real: pd.DataFrame, drawn: pd.DataFrame) -> dict[str, float]:
    """Return the largest KS distance of a column, and that of shares of frequent values."""
    ks, shares = 0.0, 0.0
    for name in real:
        common = real[name].value_counts(normalize=True)
        common = common[common >= ATOM]
        share = drawn[name].value_counts(normalize=True).reindex(common.index, fill_value=0)
        shares = max(shares, float((share - common).abs().max()) if len(common) else 0.0)
        if not pd.api.types.is_string_dtype(real[name]):
            a, b = (
                df[name].astype("int64" if df[name].dtype.kind == "M" else float)
                for df in (real, drawn)
            )
            ks = max(ks, float(ks_2samp(a, b).statistic))
    return {"ks": ks, "shares": shares}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seeds", type=int, default=3)
    ask.add_argument("--rows", type=int, default=5000)
    ask.add_argument("--draws", type=int, default=200_000)
    ask.add_argument("--copula", default="auto")
    ask.add_argument("--tables", nargs="*", default=[make.__name__ for make in TABLES])
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    versions = f"copulasynth {cs.__version__}, numpy {np.__version__}, pandas {pd.__version__}"
    print(f"{datetime.date.today()}, Python {platform.python_version()}, {versions}")
    rows = f"{told.rows // 2} rows fitted, {told.draws} drawn"
    print(f"copula {told.copula}, {rows}, seeds 1 to {told.seeds}\n")
    for make, kind in TABLES.items():
        if make.__name__ not in told.tables:
            continue
        found = []
        for seed in range(1, told.seeds + 1):
            free, ruled = make(np.random.default_rng(seed), told.rows)
            for what, df in (("free", free), ("ruled", ruled)):
                found.append({"table": what, **judged(df, kind, told, seed)})
        groups = pd.DataFrame(found).groupby("table")
        errors = groups[["boosting", "forest"]].sem().add_suffix(" se")
        print(f"{make.__name__}\n{groups.mean().join(errors).round(3).to_string()}\n", flush=True)


if __name__ == "__main__":
    main()
