"""CPU time and memory of the sequential methods: 5,000 rows in, 1,000,000 rows out.

Prints one line a method: seconds of the fit, seconds of `sample`, its ratio to the time that
`Generator.standard_normal((rows, variables))` takes on the same core, seconds and peak memory of
writing the same rows to Parquet.

    OMP_NUM_THREADS=1 python validation/benchmarks/sequential.py [--rows 1000000]
"""

import argparse
import json
import platform
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import sklearn

import copulasynth as cs
from copulasynth.synthesizers import InverseTree, SequentialCart, SequentialParametric

METHODS = {
    "SequentialCart()": SequentialCart(),
    "SequentialCart(smoothing='spline')": SequentialCart(smoothing="spline"),
    "SequentialParametric()": SequentialParametric(),
    "InverseTree('churn')": InverseTree("churn"),
}


def measure(rows: int, seed: int) -> list[dict[str, object]]:
    """Return one row of figures a method."""
    df = cs.datasets.simulate_telecom(5000, rng=seed)
    process = psutil.Process()
    found: list[dict[str, object]] = []
    for name, method in METHODS.items():
        start = time.process_time()
        model = method.fit(df, rng=seed)
        fit = time.process_time() - start
        d = model.sampler.dim
        start = time.process_time()
        np.random.default_rng(seed).standard_normal((rows, d))
        floor = time.process_time() - start
        with tempfile.TemporaryDirectory() as folder:
            before = process.memory_info().rss
            start = time.process_time()
            model.write(Path(folder) / "rows.parquet", rows, rng=seed)
            write = time.process_time() - start
            grown = process.memory_info().rss - before
        start = time.process_time()
        model.sample(rows, rng=seed)
        sample = time.process_time() - start
        found.append(
            {
                "method": name,
                "columns": df.shape[1],
                "variables": d,
                "fit_s": round(fit, 2),
                "sample_s": round(sample, 2),
                "times_normal_draws": round(sample / floor, 1),
                "write_parquet_s": round(write, 2),
                "write_grows_mb": round(grown / 1e6),
            }
        )
    return found


def main() -> None:
    """Print the figures, and write them beside the script's results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = measure(options.rows, options.seed)
    for row in found:
        print(json.dumps(row))
    if options.out:
        versions = {"numpy": np.__version__, "scikit-learn": sklearn.__version__}
        document = {
            "rows": options.rows,
            "seed": options.seed,
            "machine": platform.machine(),
            "versions": {"copulasynth": cs.__version__, **versions},
            "methods": found,
        }
        options.out.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
