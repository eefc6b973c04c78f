"""Which attack sees which leak? The table of attacks on generators whose leaks are known.

    python validation/privacy_attacks.py

2,000 training rows of 8 mixed columns, 4,000 holdout rows, 2,000 synthetic rows of: the law itself,
a Gaussian copula with smooth marginals, the same with the training values put back rank by rank,
MUNGE, SMOTE, a bootstrap, and the copula with 5 % training rows or the most extreme 1 % copied.
Writes results/privacy_attacks.json, and from it results/privacy_attacks.md, where a target that is
missed says so. `--only NAME` runs one generator and keeps what the file has of the others.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import copulasynth as cs
from copulasynth import metrics, privacy

N, HELD = 2000, 4000
CORRELATION = np.full((8, 8), 0.3) + 0.7 * np.eye(8)
NUMBERS = ["income", "balance", "hours", "age"]
Tables = tuple[pd.DataFrame, pd.DataFrame]
Maker = Callable[[pd.DataFrame, int], pd.DataFrame]


def law(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows of four numbers, one of them with gaps, a count, and three columns of levels."""
    z = rng.multivariate_normal(np.zeros(8), CORRELATION, n)
    hours = 20 + 8 * z[:, 2]
    return pd.DataFrame(
        {
            "income": np.exp(10 + 0.8 * z[:, 0]),
            "balance": 1000 * z[:, 1],
            "hours": np.where(rng.random(n) < 0.1, np.nan, hours),
            "age": np.clip(np.round(45 + 15 * z[:, 3]), 18, 90),
            "calls": np.floor(np.exp(1 + 0.7 * z[:, 4])),
            "region": pd.Categorical.from_codes(
                np.digitize(z[:, 5], [-1, 0, 0.5, 1]), list("ABCDE")
            ),
            "plan": pd.Categorical.from_codes(np.digitize(z[:, 6], [0, 1]), ["x", "y", "z"]),
            "flag": np.where(z[:, 7] > 0.5, "yes", "no"),
        }
    )


def fresh(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return rows of the law itself."""
    return law(N, np.random.default_rng([seed, 3]))


def copula(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return rows of a Gaussian copula with smooth marginals."""
    model = cs.fit(train, copula="gaussian", marginals="spline", rng=seed)
    return model.sample(N, rng=seed)


def raw_ecdf(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the copula's rows with numbers drawn from the training values themselves."""
    made = copula(train, seed)
    rng = np.random.default_rng([seed, 4])
    for name in NUMBERS:
        values = np.sort(train[name].dropna().to_numpy())
        here = made[name].notna().to_numpy()
        u = (made.loc[here, name].rank() - rng.random(int(here.sum()))) / here.sum()
        made.loc[here, name] = values[np.minimum((u * values.size).astype(int), values.size - 1)]
    return made


def five_percent(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the copula's rows, one in twenty replaced by a training row."""
    made, rows = copula(train, seed), train.sample(N // 20, random_state=seed)
    return pd.concat([made.iloc[N // 20 :], rows], ignore_index=True)


def extremes(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the copula's rows, one in a hundred replaced by the training rows furthest out."""
    x = train[["income", "balance", "age", "calls"]]
    far = ((x - x.mean()) / x.std()).abs().max(axis=1).nlargest(N // 100).index
    return pd.concat([copula(train, seed).iloc[N // 100 :], train.loc[far]], ignore_index=True)


def synthesizer(method: object) -> Maker:
    """Return a maker that fits a method and draws as many rows."""
    return lambda train, seed: method.fit(train, rng=seed).sample(N, rng=seed)  # type: ignore[attr-defined]


MAKERS: dict[str, Maker] = {
    "fresh rows of the law": fresh,
    "Gaussian copula, smooth marginals": copula,
    "Gaussian copula, raw ECDF": raw_ecdf,
    "MUNGE, one neighbour": synthesizer(cs.Munge(p=0.5, s=5.0, k=1)),
    "SMOTE": synthesizer(cs.Smote()),
    "bootstrap": synthesizer(cs.Bootstrap()),
    "copula + 5 % training rows": five_percent,
    "copula + the most extreme 1 %": extremes,
}
# Of each generator, which measure is to see it, and which is not.
SEEN = {
    "Gaussian copula, raw ECDF": (["exact values"], ["AUC"]),
    "MUNGE, one neighbour": (["AUC", "TPR at 1% FPR"], []),
    "SMOTE": (["AUC", "TPR at 1% FPR"], []),
    "bootstrap": (["AUC", "TPR at 1% FPR", "exact values"], []),
    "copula + 5 % training rows": (["TPR at 1% FPR"], []),
    "copula + the most extreme 1 %": (["AUC of outliers"], ["AUC"]),
}
LIMITS = {"AUC": 0.52, "TPR at 1% FPR": 0.02, "AUC of outliers": 0.52}


def measured(name: str, seed: int, gated: bool) -> dict[str, tuple[float, bool]]:
    """Return value and flag of every measure for one generator and seed; of the gate, its time."""
    train, held = (law(n, np.random.default_rng([seed, k])) for k, n in ((1, N), (2, HELD)))
    made = MAKERS[name](train, seed)
    table = privacy.membership(train, made, holdout=held, rng=seed).table.set_index("measure")
    found = {k: (float(table.value[k]), bool(table.low[k] > v)) for k, v in LIMITS.items()}
    exact = metrics.exact_values(train, made, holdout=held, rng=seed).table.iloc[0]
    found["exact values"] = (float(exact.value), bool(exact.low > exact.reference + 0.01))
    if gated:
        started = time.process_time()
        result = privacy.gate(train, made, holdout=held, rng=seed)
        found["gate"] = (time.process_time() - started, not result.passed)
    return found


def report(results: dict[str, list[dict[str, tuple[float, bool]]]]) -> str:
    """Return the page of results."""
    heads = [*LIMITS, "exact values"]
    lines = [
        "# Which attack sees which leak",
        "",
        f"`python validation/privacy_attacks.py`: {N:,} training, {HELD:,} holdout and {N:,}",
        "synthetic rows, 8 mixed columns. Mean over seeds; in brackets, in how many a measure",
        "is beyond its limit. The last column is the gate as a whole under the default policy.",
        "",
        f"| generator | {' | '.join(heads)} | gate fails |",
        f"|---|{'---|' * (len(heads) + 1)}",
    ]
    for name, runs in results.items():
        cells = [
            f"{np.mean([r[h][0] for r in runs]):.3f} ({sum(r[h][1] for r in runs)}/{len(runs)})"
            for h in heads
        ]
        gates = [r["gate"][1] for r in runs if "gate" in r]
        lines.append(f"| {name} | {' | '.join(cells)} | {sum(gates)}/{len(gates)} |")
    return "\n".join([*lines, "", *targets(results), ""])


def targets(results: dict[str, list[dict[str, tuple[float, bool]]]]) -> list[str]:
    """Return whether each target is met, one line each."""
    runs = results["fresh rows of the law"]
    quiet = sum(not r["gate"][1] for r in runs)
    least = 0.9 * len(runs)
    lines = [
        f"- {'met' if quiet >= least else 'MISSED'}: fresh rows pass in {quiet} of {len(runs)}."
    ]
    for name, (seen, unseen) in SEEN.items():
        for measures, wanted in ((seen, True), (unseen, False)):
            for one in measures:
                hits = sum(r[one][1] for r in results[name])
                n = len(results[name])
                met = hits == n if wanted else hits <= 0.2 * n
                word = "sees" if wanted else "does not see"
                verdict = "met" if met else "MISSED"
                lines.append(f"- {verdict}: {one} {word} {name} (beyond its limit in {hits}/{n}).")
    seconds = [r["gate"][0] for runs in results.values() for r in runs if "gate" in r]
    return [*lines, f"- a gate takes {np.median(seconds):.1f} s of processor time."]


def main() -> None:
    """Run the generators and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="seeds of each generator")
    parser.add_argument("--fresh", type=int, default=20, help="seeds of fresh rows")
    parser.add_argument("--gates", type=int, default=2, help="seeds in which the gate runs, too")
    parser.add_argument("--only", choices=list(MAKERS), help="run one generator")
    wanted = parser.parse_args()
    folder = Path(__file__).parent / "results"
    for name in [wanted.only] if wanted.only else list(MAKERS):
        fresh_rows = name == next(iter(MAKERS))
        seeds = range(wanted.fresh if fresh_rows else wanted.seeds)
        runs = [measured(name, seed, fresh_rows or seed < wanted.gates) for seed in seeds]
        path = folder / "privacy_attacks.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        results = {n: (known | {name: runs})[n] for n in MAKERS if n in known or n == name}
        path.write_text(json.dumps(results), encoding="utf-8")
        print(name, runs[0], flush=True)
    if len(results) == len(MAKERS):
        (folder / "privacy_attacks.md").write_text(report(results), encoding="utf-8")
        print(report(results))


if __name__ == "__main__":
    main()
