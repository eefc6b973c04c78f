"""The main job in ratios: fit, draw and write 20 mixed columns, against floors in the same run.

Every time is a minimum over repeats on one pinned core, every ratio is of two such times from this
run. Run `python validation/benchmarks/main_job.py`; `--long` adds 50,000,000 rows to Parquet,
`--peers` adds whichever of `copulas` and `sdv` is installed.
"""

import argparse
import os
import platform
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as papq

import copulasynth as cs
from copulasynth.copulas import Gaussian
from copulasynth.datasets import simulate_telecom

ROWS = 1_000_000
LEFT_OUT = ["discount_pct", "autopay"]


def fastest(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def row(what: str, value: float, target: str) -> None:
    print(f"| {what} | {value:.3g} | {target} |", flush=True)


def drawing(model: cs.Model, floor: float) -> None:
    ours = fastest(lambda: model.sample(ROWS, rng=1), 3)
    row("sample(1,000,000) / standard_normal((1,000,000, 20))", ours / floor, "<= 3")
    small = fastest(lambda: model.sample(1000, rng=1), 3)
    row("sample(1,000), ms", 1000 * small, "")


def writing(model: cs.Model, folder: Path) -> None:
    path = folder / "out.parquet"
    ours = fastest(lambda: model.write(path, ROWS, rng=1), 3)
    table = pa.Table.from_pandas(model.sample(ROWS, rng=1), preserve_index=False)
    alone = fastest(lambda: papq.write_table(table, folder / "alone.parquet"), 3)
    row("write 1,000,000 rows to Parquet / pyarrow alone, one core", ours / alone, "<= 1.5")
    unpinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    ours = fastest(lambda: model.write(path, ROWS, rng=1), 3)
    alone = fastest(lambda: papq.write_table(table, folder / "alone.parquet"), 3)
    row("the same on all cores", ours / alone, "<= 1.5")
    os.sched_setaffinity(0, unpinned)


def fitting() -> None:
    for n, repeats, target in ((5_000, 3, "< 3"), (100_000, 1, "< 15")):
        df = simulate_telecom(n, rng=1).drop(columns=LEFT_OUT)
        seconds = fastest(lambda df=df: cs.fit(df, copula=Gaussian(), rng=1), repeats)
        row(f"fit {n:,} x 20, s", seconds, target)


def fidelity(model: cs.Model) -> None:
    drawn = model.sample(ROWS, rng=1)
    truth = simulate_telecom(ROWS, rng=99).drop(columns=LEFT_OUT)
    numbers = truth.select_dtypes("number").columns
    zeros = [(drawn[c] == 0).mean() - (truth[c] == 0).mean() for c in numbers]
    row("largest error of a share of zeros", float(np.abs(zeros).max()), "<= .01")
    below = [float((drawn[c] < truth[c].min()).mean()) for c in numbers if truth[c].min() == 0]
    row("share of values below a natural bound", max(below), "0")
    tail = (drawn[numbers].quantile(0.99) / truth[numbers].quantile(0.99) - 1).abs()
    row(f"largest relative error of q.99 ({tail.idxmax()})", float(tail.max()), "<= .05")
    a, b = (t[numbers].corr("spearman").to_numpy() for t in (drawn, truth))
    upper = np.triu_indices(len(numbers), 1)
    row("Spearman mean absolute error", float(np.abs(a - b)[upper].mean()), "< .02")


def peers(df: pd.DataFrame, model: cs.Model) -> None:
    ours = fastest(lambda: model.sample(ROWS, rng=1), 3)
    try:
        from copulas.multivariate import GaussianMultivariate
        from copulas.univariate import BetaUnivariate
    except ImportError:
        print("copulas is not installed")
    else:
        # its own choice of marginals takes kernels, and then 37 GiB for a million rows
        peer = GaussianMultivariate(distribution=BetaUnivariate)
        numeric = df.select_dtypes(["int", "float", "bool"]).astype(float).fillna(0.0)
        columns = numeric.shape[1]
        peer.fit(numeric)
        row(
            f"copulas, beta marginals, {columns} numeric columns / ours, 20",
            fastest(lambda: peer.sample(ROWS), 1) / ours,
            ">= 5",
        )
    try:
        from sdv.metadata import Metadata
        from sdv.single_table import GaussianCopulaSynthesizer
    except ImportError:
        print("sdv is not installed")
    else:
        df = df.drop(columns="since_topup")  # it refuses durations
        named = {"customers": df}
        sdv = GaussianCopulaSynthesizer(Metadata.detect_from_dataframes(named))
        sdv.fit(named)
        row("SDV / ours", fastest(lambda: sdv.sample(ROWS), 1) / ours, ">= 15")


def long_run(model: cs.Model, folder: Path) -> None:
    start = time.perf_counter()
    model.write(folder / "long.parquet", 50 * ROWS, rng=1)
    row("50,000,000 rows to Parquet, s", time.perf_counter() - start, "")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    row("peak memory of the process, GiB", peak, "< 1")
    row("size of the file, GiB", (folder / "long.parquet").stat().st_size / 2**30, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="only 50,000,000 rows to Parquet")
    parser.add_argument("--peers", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    names = ("copulasynth", "numpy", "pandas", "pyarrow", "copulas", "sdv")
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    print(f"Python {platform.python_version()}, {', '.join(found)}; seed 1\n")
    print("| what | value | target |\n|---|---|---|")
    df = simulate_telecom(5000, rng=1).drop(columns=LEFT_OUT)
    model = cs.fit(df, copula=Gaussian(), rng=1)
    with tempfile.TemporaryDirectory() as folder:
        if args.long:
            long_run(model, Path(folder))
            return
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        rng = np.random.default_rng(1)
        floor = fastest(lambda: rng.standard_normal((ROWS, 20)), 5)
        row("standard_normal((1,000,000, 20)), s", floor, "the floor")
        drawing(model, floor)
        writing(model, Path(folder))
    fitting()
    fidelity(model)
    if args.peers:
        peers(df, model)


if __name__ == "__main__":
    main()
