"""Coverage of the 95 % intervals of every combining rule, where they hold and where they break.

Gaussian data (x1, x2, y) of n rows; the analysis is the least-squares slope of x1 in y ~ x1 + x2.
Population synthesis draws all three columns from a normal law with the sample's mean and
covariance ("fixed") or with a draw of both from their posterior ("proper"); partial synthesis keeps
x1 and x2 and draws y from the fitted regression. The regressions are solved in closed form for
thousands of tables at once and combined by copulasynth.inference.combine.

    python validation/coverage.py [--repetitions 10000] [--seed 1] [--out validation/results]
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy

import copulasynth
from copulasynth._arrays import Floats
from copulasynth.inference import combine

SYNTHESES = (1, 5, 20)
SLOPES = np.array([0.5, -0.3])
BLOCK = 100


def least_squares(x: Floats, y: Floats, position: int) -> tuple[Floats, Floats]:
    """Return estimate and squared standard error of one coefficient; x (b, n, p), y (b, n)."""
    n, p = x.shape[-2:]
    cross = x.swapaxes(-1, -2)
    inverse = np.linalg.inv(cross @ x)
    beta = (inverse @ (cross @ y[..., None]))[..., 0]
    residual = y - (x @ beta[..., None])[..., 0]
    variance = (residual**2).sum(axis=-1) / (n - p)
    return beta[..., position], variance * inverse[..., position, position]


def design(x: Floats, interaction: bool) -> Floats:
    """Return the columns 1, x1, x2 and, if asked for, x1 x2."""
    columns = [np.ones(x.shape[:-1]), x[..., 0], x[..., 1]]
    if interaction:
        columns.append(x[..., 0] * x[..., 1])
    return np.stack(columns, axis=-1)


def original(b: int, n: int, interaction: float, rng: np.random.Generator) -> Floats:
    """Return b tables of (x1, x2, y), shape (b, n, 3)."""
    x1 = rng.standard_normal((b, n))
    x2 = 0.5 * x1 + np.sqrt(0.75) * rng.standard_normal((b, n))
    y = SLOPES[0] * x1 + SLOPES[1] * x2 + interaction * x1 * x2 + rng.standard_normal((b, n))
    return np.stack([x1, x2, y], axis=-1)


def wishart(df: int, root: Floats, rng: np.random.Generator) -> Floats:
    """Return Wishart matrices with scale root root', by Bartlett's decomposition."""
    b, d = root.shape[:2]
    a = np.tril(rng.standard_normal((b, d, d)), -1)
    a[:, range(d), range(d)] = np.sqrt(rng.chisquare(df - np.arange(d), size=(b, d)))
    factor = root @ a
    return factor @ factor.swapaxes(1, 2)


def synthesise_all(data: Floats, k: int, proper: bool, rng: np.random.Generator) -> Floats:
    """Return one normal synthesis of all columns of every table, shape (b, k, 3)."""
    b, n, d = data.shape
    mean = data.mean(axis=1)
    centred = data - mean[:, None]
    scatter = centred.swapaxes(1, 2) @ centred
    covariance = scatter / (n - 1)
    if proper:
        precision = wishart(n - 1, np.linalg.cholesky(np.linalg.inv(scatter)), rng)
        covariance = np.linalg.inv(precision)
        root = np.linalg.cholesky(covariance)
        mean = mean + (root @ rng.standard_normal((b, d, 1)))[..., 0] / np.sqrt(n)
    root = np.linalg.cholesky(covariance)
    return mean[:, None] + rng.standard_normal((b, k, d)) @ root.swapaxes(1, 2)


def synthesise_response(data: Floats, k: int, proper: bool, rng: np.random.Generator) -> Floats:
    """Return the tables with y drawn from its normal regression on x1 and x2; k is n."""
    b, n, _ = data.shape
    x = design(data[..., :2], False)
    cross = x.swapaxes(1, 2)
    inverse = np.linalg.inv(cross @ x)
    beta = inverse @ (cross @ data[..., 2:])
    rss = ((data[..., 2:] - x @ beta) ** 2).sum(axis=(1, 2))
    sigma = np.sqrt(rss / (n - 3))
    if proper:
        sigma = np.sqrt(rss / rng.chisquare(n - 3, size=b))
        step = np.linalg.cholesky(inverse) @ rng.standard_normal((b, 3, 1))
        beta = beta + sigma[:, None, None] * step
    y = (x @ beta)[..., 0] + sigma[:, None] * rng.standard_normal((b, n))
    return np.concatenate([data[..., :2], y[..., None]], axis=-1)


def simulate(
    synthesise: Callable[..., Floats],
    *,
    repetitions: int,
    n: int,
    k: int,
    proper: bool,
    interaction: float,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Return original estimates (r,), synthetic estimates and variances (20, r)."""
    position = 3 if interaction else 1
    parts: list[tuple[Floats, Floats, Floats]] = []
    for start in range(0, repetitions, BLOCK):
        data = original(min(BLOCK, repetitions - start), n, interaction, rng)
        q0, _ = least_squares(design(data, bool(interaction)), data[..., 2], position)
        fits = []
        for _ in range(max(SYNTHESES)):
            s = synthesise(data, k, proper, rng)
            fits.append(least_squares(design(s, bool(interaction)), s[..., 2], position))
        parts.append((q0, np.stack([f[0] for f in fits]), np.stack([f[1] for f in fits])))
    q0, q, v = (np.concatenate([p[i] for p in parts], axis=-1) for i in range(3))
    return {"q0": q0, "q": q, "v": v, "truth": np.array(interaction or SLOPES[0])}


def coverage(
    draws: dict[str, Floats], m: int, rule: str, n: int, k: int, proper: bool, target: str, df: str
) -> dict[str, float]:
    """Return coverage and its Monte-Carlo error; `target` is "population" or "original"."""
    c = combine(draws["q"][:m], draws["v"][:m], k=k, n=n, rule=rule, proper=proper, df=df)
    low, high = c.interval()
    if target == "original":
        half = scipy.stats.norm.ppf(0.975) * c.synthesis_se
        low, high = c.estimate - half, c.estimate + half
    value = draws["q0"] if target == "original" else draws["truth"]
    share = float(((low <= value) & (value <= high)).mean())
    return {
        "coverage": share,
        "se": float(np.sqrt(max(share * (1 - share), 1e-4) / low.size)),
        "median_width": float(np.median(high - low)),
        "adjusted": float(c.adjusted.mean()),
    }


SCENARIOS = [
    # name, synthesiser, k/n, proper, interaction, key of CHECKS
    ("all columns, fixed", synthesise_all, 1, False, 0.0, "fixed"),
    ("all columns, fixed, k = 2 n", synthesise_all, 2, False, 0.0, "fixed"),
    ("all columns, proper", synthesise_all, 1, True, 0.0, "proper"),
    ("all columns, proper, k = 2 n", synthesise_all, 2, True, 0.0, "proper"),
    ("response only, fixed", synthesise_response, 1, False, 0.0, "partial"),
    ("response only, proper", synthesise_response, 1, True, 0.0, "partial"),
    ("all columns, fixed; interaction not in the synthesis", synthesise_all, 1, False, 0.2, "lost"),
    ("all columns, proper; interaction not in the synthesis", synthesise_all, 1, True, 0.2, "lost"),
    ("response only, fixed; interaction not in the synthesis", synthesise_response, 1, False, 0.2,
     "lost partial"),
]  # fmt: skip

# (rule, whether declared proper, None = as it is, target, whether the assumptions hold)
CHECKS: dict[str, list[tuple[str, bool | None, str, bool]]] = {
    "fixed": [
        ("expected", None, "original", True),
        ("population", None, "population", True),
        ("expected", None, "population", False),
    ],
    "proper": [
        ("expected", None, "original", True),
        ("population", None, "population", True),
        ("raghunathan", None, "population", True),
        ("raghunathan, df=reiter", None, "population", True),
        ("population", False, "population", False),
        ("expected", None, "population", False),
    ],
    "partial": [("partial", None, "population", True)],
    "lost": [("population", None, "population", False), ("expected", None, "original", False)],
    "lost partial": [("partial", None, "population", False)],
}


def study(repetitions: int, n: int, seed: int) -> list[dict[str, object]]:
    """Return one row for each scenario, rule and number of syntheses."""
    rows: list[dict[str, object]] = []
    streams = np.random.default_rng(seed).spawn(len(SCENARIOS))
    for (name, synthesise, ratio, proper, interaction, checks), rng in zip(
        SCENARIOS, streams, strict=True
    ):
        draws = simulate(
            synthesise,
            repetitions=repetitions,
            n=n,
            k=ratio * n,
            proper=proper,
            interaction=interaction,
            rng=rng,
        )
        for name_of_rule, declared, target, holds in CHECKS[checks]:
            rule, _, df = name_of_rule.partition(", df=")
            for m in SYNTHESES:
                if m == 1 and rule in ("partial", "raghunathan"):
                    continue
                told = proper if declared is None else declared
                found = coverage(draws, m, rule, n, ratio * n, told, target, df or "floored")
                rows.append(
                    {
                        "synthesis": name,
                        "rule": name_of_rule,
                        "declared_proper": told,
                        "target": target,
                        "m": m,
                        "assumptions_hold": holds,
                        **found,
                        "within_.93_.97": 0.93 <= found["coverage"] <= 0.97,
                    }
                )
    return rows


def markdown(document: dict[str, object], rows: list[dict[str, object]]) -> str:
    """Return the study as a page."""
    lines = [
        "# Coverage of 95 % intervals from synthetic data",
        "",
        f"{document['repetitions']:,} repetitions of n = {document['n']}, seed {document['seed']}, "
        f"{document['cpu_seconds']:.0f} s CPU, {document['versions']}. The Monte-Carlo standard "
        "error stands after each coverage.",
        "",
    ]
    for holds, title in ((True, "Where the assumptions hold"), (False, "Where they do not")):
        lines += [f"## {title}", "", "| synthesis | rule | target | m | coverage | median width |",
                  "|---|---|---|---|---|---|"]  # fmt: skip
        for row in rows:
            if row["assumptions_hold"] is not holds:
                continue
            rule = str(row["rule"])
            if ("proper" in str(row["synthesis"])) != row["declared_proper"] and rule != "partial":
                rule += " (told fixed)"
            mark = "" if row["within_.93_.97"] else " *"
            lines.append(
                f"| {row['synthesis']} | {rule} | {row['target']} | {row['m']} | "
                f"{row['coverage']:.3f} ({row['se']:.3f}){mark} | {row['median_width']:.3f} |"
            )
        lines.append("")
    lines.append(
        "`*` outside .93-.97. Target *original*: the interval estimate +- 1.96 synthesis_se for "
        "the estimate that the original table gives; target *population*: the interval of the "
        "rule for the true coefficient."
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the study and write coverage.json and coverage.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=10000)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    start = time.process_time()
    rows = study(options.repetitions, options.rows, options.seed)
    document: dict[str, object] = {
        "repetitions": options.repetitions,
        "n": options.rows,
        "seed": options.seed,
        "cpu_seconds": time.process_time() - start,
        "versions": f"copulasynth {copulasynth.__version__}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, Python {platform.python_version()}",
    }
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**document, "rows": rows}, indent=1)
    (options.out / "coverage.json").write_text(text + "\n")
    page = markdown(document, rows)
    (options.out / "coverage.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
