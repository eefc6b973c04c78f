"""What rules between columns cost in fidelity, on simulated tables with each kind of rule.

    python validation/rules.py --seeds 3
    python validation/rules.py --seeds 1 --chains

Each table is simulated twice from the same seed: with columns that follow a rule, and with what the
rule was made from in their place. Half of the rows are fitted, and a classifier (C2ST) that is
trained on one draw and a part of the other rows tells another draw from the rest of them. The page
shows means over seeds and standard errors; a rule costs nothing if both lines agree. `kept` is the
share of drawn rows that obey every rule found, `moved` the largest distance of any column's law
from the fitted table's (KS, shares of levels and gaps) in 50,000 rows, `law` that of any marginal
from its column: what the law of a column by itself smooths. With `--chains` the tables are those in
which members of one identity are members of others.
"""

import argparse
import datetime
import platform
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from chain_tables import CHAINS
from scipy.stats import ks_2samp

import copulasynth as cs
from copulasynth.metrics.joint.rule_shares import rules_kept
from copulasynth.model.seen import Even

JUDGES = ["c2st_boosting", "c2st_forest"]

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


def parts(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free, whole = people(rng, n), np.round(np.exp(rng.normal(6, 0.5, n)))
    part = np.round(whole * rng.beta(4, 2, n))
    apart = np.round(np.exp(rng.normal(5.6, 0.6, n)))
    return free.assign(whole=whole, part=apart), free.assign(whole=whole, part=part)


def bounds(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    low = np.round(np.exp(rng.normal(4, 0.3, n) + free["age"] / 200), 1)
    gap = np.where(rng.random(n) < 0.1, 0, np.round(rng.gamma(2, 5, n), 1))
    return free.assign(low=low, gap=gap), free.assign(low=low, high=np.round(low + gap, 1))


def skips(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    drinks = rng.poisson(2 + free["age"] / 60).astype(float)
    gaps = free.assign(drinks=np.where(rng.random(n) < 0.2, np.nan, drinks))
    return gaps, free.assign(drinks=np.where(free["age"] < 18, np.nan, drinks))


def holes(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    one = np.round(rng.normal(50, 6, n) + free["age"] / 10, 1)
    two = np.where(rng.random(n) < 0.4, np.maximum(one, 10) + 60, np.minimum(one, 70))
    return free.assign(size=one), free.assign(size=two)


def excess(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    minutes = np.round(rng.gamma(2, 60, n) + free["age"], 1)
    free = free.assign(minutes=minutes, included=rng.choice([100, 200, 400], n))
    over = np.round(np.maximum(0, free["minutes"] - free["included"]), 1)
    return free, free.assign(over=over)


def rebates(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    price, number = np.round(np.exp(rng.normal(3, 0.8, n)), 2), 1 + rng.poisson(1.5, n)
    free = free.assign(price=price, number=number, off=rng.choice([0, 5, 10, 25], n))
    return free, free.assign(net=np.round(price * number * (1 - free["off"] / 100), 2))


def clock(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    at = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700 * 1440, n), unit="min")
    free = free.assign(at=at)
    kept = {"month": at.strftime("%b"), "hour": at.hour, "weekend": at.day_of_week >= 5}
    return free, free.assign(**kept)


def late(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    plan = np.round(np.exp(rng.normal(5, 0.5, n)), 2)
    free = free.assign(plan=plan, spent=np.round(plan * np.exp(rng.normal(0, 0.3, n)), 2))
    return free, free.assign(over=(free["spent"] > plan).astype(int))


def brackets(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    above = [np.maximum(0, free["income"] - start) for start in (15_000, 40_000)]
    return free, free.assign(tax=np.round(0.1 * above[0] + 0.2 * above[1], 2))


def mix(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free = people(rng, n)
    parts = np.round(100 * rng.dirichlet([3, 2, 5], n), 1)
    free = free.assign(coal=parts[:, 0], gas=parts[:, 1])
    return free, free.assign(wind=parts[:, 2])


def month_ends(rng: Rng, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    free, month = people(rng, n), rng.integers(0, 150, n)
    ends = pd.period_range("2010-01", periods=150, freq="M").end_time.normalize()
    return free.assign(month=month), free.assign(end=ends[month])


def noisy(df: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Return the table with a column of noise and gaps at random in the age."""
    free = np.round(rng.normal(0, 1, len(df)), 2)
    age = df["age"].astype(float).mask(rng.random(len(df)) < 0.05)
    return df.assign(age=age, noise=free)


TABLES: tuple[Maker, ...] = (
    total,
    stay,
    bounds,
    claims,
    city,
    one_hot,
    digits,
    hours,
    places,
    parts,
    skips,
    holes,
    excess,
    rebates,
    clock,
    late,
    brackets,
    mix,
    month_ends,
)


def judged(df: pd.DataFrame, copula: str, seed: int) -> dict[str, float]:
    """Fit one half, draw, and tell the rows from the other half."""
    train, held = cs.split(df, rng=seed)
    model = cs.fit(train, copula=copula, rng=seed)
    drawn = model.sample(len(held), rng=seed)
    kept = rules_kept(train, drawn, schema=model.schema, rng=seed).value
    told = cs.evaluate_model(model, train, holdout=held, metrics=JUDGES, method=False, rng=seed)
    scores = {name.removeprefix("c2st_"): told[name].value for name in JUDGES}
    found = {"kept": kept, "moved": moved(train, model), "law": smoothed(train, model)}
    return scores | found | {"rules": len(model.schema.rules or ())}


def smoothed(train: pd.DataFrame, model: Any) -> float:
    """Return the largest distance of the marginal of a number from its column in the table."""
    x, found = model.schema.encode(train), [0.0]
    even = (np.arange(50_000) + 0.5) / 50_000
    for j, marginal in zip(model.law.free, model.law.marginals, strict=True):
        if j < model.law.dim and not model.coordinates[j].levels:
            base = marginal.base if isinstance(marginal, Even) else marginal
            found.append(ks_2samp(x[~np.isnan(x[:, j]), j], base.quantile(even)).statistic)
    return float(max(found))


def moved(train: pd.DataFrame, model: Any, rows: int = 50_000) -> float:
    """Return the largest distance of laws, KS or of shares of levels and gaps, of any column."""
    drawn = model.sample(rows, rng=0)
    apart = []
    for name in train:
        real, made = train[name], drawn[name]
        gaps = abs(real.isna().mean() - made.isna().mean())
        real, made = real.dropna(), made.dropna()
        if real.dtype.kind in "OUT" or isinstance(real.dtype, pd.StringDtype):
            shares = [x.value_counts(normalize=True) for x in (real, made)]
            apart += [gaps, shares[0].sub(shares[1], fill_value=0).abs().max()]
        else:
            times = real.dtype.kind == "M"
            real, made = (x.astype("int64") if times else x.astype(float) for x in (real, made))
            apart += [gaps, ks_2samp(real, made).statistic]
    return float(max(apart))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seeds", type=int, default=3)
    ask.add_argument("--rows", type=int, default=5000)
    ask.add_argument("--copula", default="auto")
    ask.add_argument("--tables", nargs="*", help="names of tables; all by default")
    ask.add_argument("--chains", action="store_true", help="tables with chains of identities")
    ask.add_argument("--noise", action="store_true", help="with a column of noise, and gaps")
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    versions = f"copulasynth {cs.__version__}, numpy {np.__version__}, pandas {pd.__version__}"
    print(f"{datetime.date.today()}, Python {platform.python_version()}, {versions}")
    print(f"{told.copula}, {told.rows // 2} rows fitted, seeds 1 to {told.seeds}\n")
    tables = CHAINS if told.chains else TABLES
    for make in (t for t in tables if not told.tables or t.__name__ in told.tables):
        found = []
        for seed in range(1, told.seeds + 1):
            free, ruled = make(np.random.default_rng(seed), told.rows)
            for what, df in (("free", free), ("ruled", ruled)):
                df = noisy(df, np.random.default_rng(100 + seed)) if told.noise else df
                found.append({"table": what, **judged(df, told.copula, seed)})
        groups = pd.DataFrame(found).groupby("table")
        errors = groups[["boosting", "forest"]].sem().add_suffix(" se")
        print(f"{make.__name__}\n{groups.mean().join(errors).round(3).to_string()}\n", flush=True)


if __name__ == "__main__":
    main()
