"""Do the models give back what is known? Correlations, group means and tail dependence.

    python validation/targets.py

Every named copula, plain and calibrated, on three laws whose truth is known: a 4-dimensional
normal sample (correlations within .02), a nominal column with group means 3, -3, 2, -2 (within
.1), and the simulated usage pair (chi(.95) within .03 by the automatic choice). Each figure is of
200,000 drawn rows. Writes results/targets.md, where a target that is missed says so.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import copulasynth as cs
from copulasynth import copulas
from copulasynth.copulas import CopulaKnobs, tail_curve

ROWS, DRAWN = 10_000, 200_000
CORRELATION = np.array(
    [
        [1.0, 0.80, 0.51, -0.49],
        [0.80, 1.0, 0.30, -0.40],
        [0.51, 0.30, 1.0, -0.10],
        [-0.49, -0.40, -0.10, 1.0],
    ]
)
MEANS = {"north": 3.0, "east": -3.0, "south": 2.0, "west": -2.0}
NAMES = ("Gaussian", "Student", "Vine", "Tree", "Mixture", "Blend")


def normal(rng: np.random.Generator) -> pd.DataFrame:
    """Return a 4-dimensional normal sample."""
    z = rng.multivariate_normal(np.zeros(4), CORRELATION, ROWS)
    return pd.DataFrame(z, columns=list("abcd"))


def groups(rng: np.random.Generator) -> pd.DataFrame:
    """Return a nominal column, and a number whose mean depends on it."""
    region = rng.choice(list(MEANS), ROWS)
    y = pd.Series(region).map(MEANS).to_numpy() + rng.standard_normal(ROWS)
    return pd.DataFrame({"region": region, "y": y})


def correlation_error(real: pd.DataFrame, drawn: pd.DataFrame) -> float:
    """Return the largest absolute error of the correlations of the sample."""
    return float(np.abs(real.corr().to_numpy() - drawn.corr().to_numpy()).max())


def mean_error(real: pd.DataFrame, drawn: pd.DataFrame) -> float:
    """Return the largest absolute error of the group means of the sample."""
    a, b = (t.groupby("region")["y"].mean() for t in (real, drawn))
    return float((a - b).abs().max())


def chi(table: pd.DataFrame) -> float:
    """Return chi(.95) of the usage pair."""
    columns = (table[c].to_numpy(dtype=float) for c in ("after", "before"))
    return float(tail_curve(*columns, q=np.array([0.95])).chi[0])


def tail_error(real: pd.DataFrame, drawn: pd.DataFrame) -> float:
    """Return the absolute error of chi(.95) of the sample."""
    return abs(chi(real) - chi(drawn))


Measure = Callable[[pd.DataFrame, pd.DataFrame], float]
TARGETS: tuple[tuple[str, Callable[[np.random.Generator], pd.DataFrame], Measure, float], ...] = (
    ("correlations", normal, correlation_error, 0.02),
    ("group means", groups, mean_error, 0.1),
    ("chi(.95)", lambda rng: cs.datasets.simulate_telecom_pair(rng=rng), tail_error, 0.03),
)


def models() -> dict[str, str | CopulaKnobs]:
    """Return every copula by name, plain and calibrated, and the automatic choice."""
    out: dict[str, str | CopulaKnobs] = {}
    for name in NAMES:
        made = getattr(copulas, name)()
        out[name.lower()] = made
        out[f"{name.lower()}, calibrated"] = copulas.Calibrated(made)
    return out | {"auto": "auto"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="models whose name contains this")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = [f"| model | {' | '.join(t[0] for t in TARGETS)} | CPU s |"]
    lines += ["|---" * (len(TARGETS) + 2) + "|"]
    for name, copula in models().items():
        if args.only not in name:
            continue
        start, cells = time.process_time(), []
        for _, simulate, measure, limit in TARGETS:
            errors = []
            for seed in range(args.seeds if name != "auto" else 1):
                real = simulate(np.random.default_rng(seed))
                drawn = cs.fit(real, copula=copula, rng=seed).sample(DRAWN, rng=seed)
                errors.append(measure(real, drawn))
            worst = max(errors)
            held = measure is not tail_error or name == "auto"
            cells.append(f"{worst:.3f}{' **missed**' if held and worst > limit else ''}")
        lines.append(f"| {name} | {' | '.join(cells)} | {time.process_time() - start:.0f} |")
        print(lines[-1], flush=True)
    if args.only:
        return
    text = f"""# What the models give back

Made by `python validation/targets.py`. Each figure is the largest absolute error, over
{args.seeds} seeds (the automatic choice: 1), of {DRAWN:,} drawn rows against the sample of
{ROWS:,} rows (chi(.95): 4,999) that the model was fitted to. Targets: correlations of a
4-dimensional normal sample within .02, means 3, -3, 2, -2 of a nominal column within .1, and
chi(.95) of the usage pair within .03 by the automatic choice; others are shown beside it.

Group means are missed by the plain Gaussian and t copulas, and no value of their correlation would
meet them: under perfect dependence the groups take the quarters of y, whose means are off by .39.
The plain vine smooths across the steps between levels, and a blend has half of its rows from one.
Calibration mends them all.

"""
    path = Path(__file__).parent / "results" / "targets.md"
    path.write_text(text + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
