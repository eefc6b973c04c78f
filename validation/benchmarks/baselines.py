"""Time and memory of the neighbour methods beside imbalanced-learn: 5,000 -> 1,000,000 x 20.

Run: python validation/benchmarks/baselines.py [--rows 1000000]

Each case runs alone in a fresh process on one thread, after its imports; printed are CPU seconds
of fit and draw together, peak memory above that of the imported libraries and the training table,
and the ratios that matter, all from one run on one machine.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

THREADS = {f"{k}_NUM_THREADS": "1" for k in ("OMP", "OPENBLAS", "MKL")}


def numeric(n: int = 5000, d: int = 20) -> pd.DataFrame:
    """Return equicorrelated normal columns."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal((n, d)) @ np.linalg.cholesky(0.5 * np.eye(d) + 0.5).T
    return pd.DataFrame(z, columns=[f"x{j}" for j in range(d)])


def mixed(n: int = 5000) -> pd.DataFrame:
    """Return twelve normal columns and eight columns of two to nine levels that follow them."""
    frame = numeric(n)
    for j in range(12, 20):
        cut = np.quantile(frame[f"x{j}"], np.linspace(0, 1, j - 9)[1:-1])
        frame[f"x{j}"] = pd.Categorical.from_codes(
            np.digitize(frame[f"x{j}"], cut), [f"level {c}" for c in range(j - 10)]
        )
    return frame


def ours(table: Callable[[], pd.DataFrame], method: Any) -> Callable[[int], Callable[[], Any]]:
    def prepare(rows: int) -> Callable[[], Any]:
        import sklearn.neighbors  # noqa: F401

        frame = table()
        return lambda: method().fit(frame, rng=0).sample(rows, rng=1)

    return prepare


def smote(**settings: Any) -> Callable[[], Any]:
    def make() -> Any:
        from copulasynth.synthesizers import Smote

        return Smote(**settings)

    return make


def munge() -> Any:
    from copulasynth.synthesizers import Munge

    return Munge()


def bootstrap() -> Any:
    from copulasynth.synthesizers import Bootstrap

    return Bootstrap()


def to_parquet(rows: int) -> Callable[[], Any]:
    """Write a mixed SMOTE sample, which must not take more memory for more rows."""
    import pyarrow.parquet  # noqa: F401
    import sklearn.neighbors  # noqa: F401

    model = smote()().fit(mixed(), rng=0)

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            model.write(Path(folder) / "rows.parquet", rows, rng=1)

    return run


def imblearn_smote(rows: int) -> Callable[[], Any]:
    from imblearn.over_sampling import SMOTE

    x = numeric()
    both = pd.concat([x, x.head(6)], ignore_index=True)
    y = np.r_[np.ones(len(x)), np.zeros(6)]
    return lambda: SMOTE(sampling_strategy={1: len(x) + rows}).fit_resample(both, y)


def imblearn_smotenc(rows: int) -> Callable[[], Any]:
    from imblearn.over_sampling import SMOTENC

    x = mixed()
    both = pd.concat([x, x.head(6)], ignore_index=True)
    y = np.r_[np.ones(len(x)), np.zeros(6)]
    sampler = SMOTENC(list(range(12, 20)), sampling_strategy={1: len(x) + rows})
    return lambda: sampler.fit_resample(both, y)


CASES: dict[str, Callable[[int], Callable[[], Any]]] = {
    "bootstrap, numeric": ours(numeric, bootstrap),
    "SMOTE, numeric": ours(numeric, smote()),
    "SMOTE, mixed": ours(mixed, smote()),
    "SMOTE with vote, mixed": ours(mixed, smote(categorical="vote")),
    "MUNGE, numeric": ours(numeric, munge),
    "MUNGE, mixed": ours(mixed, munge),
    "SMOTE, mixed, to Parquet": to_parquet,
    "SMOTE, mixed, to Parquet, a fifth of the rows": lambda rows: to_parquet(rows // 5),
    "imbalanced-learn SMOTE, numeric": imblearn_smote,
    "imbalanced-learn SMOTENC, mixed": imblearn_smotenc,
}


def measure(name: str, rows: int) -> dict[str, float]:
    """Run one case in this process."""
    warnings.simplefilter("ignore")
    work = CASES[name](rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    kept = work()
    cpu = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    del kept
    return {"cpu": cpu, "memory": (peak - before) / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--case", choices=CASES)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(measure(arguments.case, arguments.rows)))
        return
    found: dict[str, dict[str, float]] = {}
    for name in CASES:
        command = [sys.executable, __file__, "--rows", str(arguments.rows), "--case", name]
        done = subprocess.run(
            command, env=os.environ | THREADS, check=True, capture_output=True, text=True
        )
        found[name] = json.loads(done.stdout)
        print(f"{name:48} {found[name]['cpu']:8.2f} s CPU {found[name]['memory']:8.0f} MB")
    print()
    theirs, nc = found["imbalanced-learn SMOTE, numeric"], found["imbalanced-learn SMOTENC, mixed"]
    smote_, mixed_ = found["SMOTE, numeric"], found["SMOTE, mixed"]
    few = found["SMOTE, mixed, to Parquet, a fifth of the rows"]["memory"]
    for what, ratio, limit in (
        ("SMOTE numeric / imbalanced-learn, CPU", smote_["cpu"] / theirs["cpu"], 0.7),
        ("SMOTE mixed / SMOTENC, CPU", mixed_["cpu"] / nc["cpu"], 0.1),
        ("SMOTE mixed / SMOTENC, memory", mixed_["memory"] / nc["memory"], 0.25),
        ("MUNGE / SMOTE numeric, CPU", found["MUNGE, numeric"]["cpu"] / smote_["cpu"], 2.0),
        ("MUNGE / SMOTE mixed, CPU", found["MUNGE, mixed"]["cpu"] / mixed_["cpu"], 2.0),
        (
            "Parquet memory, all rows / a fifth of them",
            found["SMOTE, mixed, to Parquet"]["memory"] / few,
            1.5,
        ),
    ):
        print(f"{what:48} {ratio:8.3f}  (at most {limit})")


if __name__ == "__main__":
    main()
