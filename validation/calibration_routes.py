"""Two ways to fit a calibration: raking under the cap, or a convex dual that is capped afterwards.

    python validation/calibration_routes.py --seeds 1 --out validation/results/calibration_routes.md

Both fit the same denoised pair tables on the same pool of draws, of a tree copula and of a Gaussian
one. The convex route minimises log mean exp(theta . f) - theta . target + ridge |theta|^2 / 2 by
L-BFGS (Csiszar 1975, Ann. Probab. 3:146); rows are then kept with probability min(w / cap, 1), the
cap as large as the share of rows to keep allows. Raking fits the tables of the capped weights.
"""

import argparse
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from dependence_scores import scores
from dependence_tables import TABLES, load
from numpy.typing import NDArray
from scipy.optimize import minimize

import copulasynth as cs
from copulasynth.copulas import calibrated
from copulasynth.copulas.calibration.pair_tables import PairTables
from copulasynth.copulas.calibration.raking import scores as log_weights
from copulasynth.copulas.calibration.raking import weight_cap

Floats = NDArray[np.float64]


def convex(
    index: NDArray[np.int32], target: PairTables, *, ridge: float, share: float, sweeps: int
) -> tuple[Floats, float]:
    """Fit factors as `raking.rake` does, but without a cap; then cap the weights."""
    p, start = len(index), target.start
    goal = target.values  # noqa: PD011

    def loss(theta: Floats) -> tuple[float, Floats]:
        score = log_weights(theta, index, start)
        w = np.exp(score - score.max())
        value = score.max() + np.log(w.mean()) - theta @ goal + 0.5 * ridge * theta @ theta
        w /= w.sum()
        sums = [np.bincount(index[q], w, start[q + 1] - start[q]) for q in range(p)]
        return float(value), np.concatenate(sums) - goal + ridge * theta

    options = {"maxiter": 10 * sweeps}
    theta = np.zeros(len(goal))
    if p:
        theta = minimize(loss, theta, jac=True, method="L-BFGS-B", options=options).x
    score = log_weights(theta, index, start)
    top = float(score.max())
    return theta, top + float(np.log(weight_cap(np.exp(score - top), share)))


def ridged(factor: float) -> object:
    """Return the convex route with its ridge multiplied by a factor."""

    def fit(index, target, *, ridge, share, sweeps):  # type: ignore[no-untyped-def]
        return convex(index, target, ridge=factor * ridge, share=share, sweeps=sweeps)

    return fit


ROUTES = {
    "raking": calibrated.rake,
    "convex, ridge 1": convex,
    "convex, ridge 10": ridged(10),
    "convex, ridge 100": ridged(100),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument(
        "--out", type=Path, default=Path("validation/results/calibration_routes.md")
    )
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for base in ("Tree", "Gaussian"):
        for seed in range(1, args.seeds + 1):
            for table in args.tables.split(","):
                train, holdout, task = load(table, seed)
                for route, function in ROUTES.items():
                    with mock.patch.object(calibrated, "rake", function):
                        knobs = cs.Calibrated(getattr(cs, base)())
                        model = cs.fit(train, copula=knobs, rng=seed)
                    made = model.sample(len(train), rng=seed + 1)
                    found = scores(train, holdout, made, task, seed)
                    rows.append({"base": base.lower(), "route": route, "kept": 0.0, **found})
                    rows[-1]["kept"] = getattr(model.copula, "acceptance", 1.0)
                    print(table, rows[-1], flush=True)
    shown = ["split_boosting", "split_forest", "tv2", "dcr_share", "kept"]
    mean = pd.DataFrame(rows).groupby(["base", "route"], sort=False)[shown].mean()
    lines = [["base", "route", *shown], ["---"] * 7]
    lines += [
        [*key, *(f"{v:.3f}" for v in row)]
        for key, row in zip(mean.index, mean.to_numpy(), strict=True)
    ]
    note = (
        "# Two routes to a calibration\n\nMade by `python validation/calibration_routes.py "
        f"--seeds {args.seeds}`: means over {len(args.tables.split(','))} tables, of the same pair "
        "tables fitted to the same draws.\n\n"
    )
    args.out.write_text(note + "".join("| " + " | ".join(line) + " |\n" for line in lines))


if __name__ == "__main__":
    main()
