"""Time, memory and number of quantities of `evaluate`, beside SDMetrics on the same tables.

SDMetrics is optional: without it only our half is printed. Run, for the sizes of the report:

    python validation/benchmarks/evaluate.py --rows 5000 100000 1000000
"""

import argparse
import contextlib
import io
import resource
import time
import warnings
from typing import Any

import pandas as pd

from copulasynth import datasets
from copulasynth.evaluation import Evaluation, evaluate


def quantities(evaluation: Evaluation) -> dict[str, int]:
    """Return how many numbers were measured: parts of scores, and distinct pairs of columns."""
    parts = sum(len(s.table) if s.table is not None else 1 for s in evaluation.scores.values())
    pairs = evaluation["tv2"].table
    return {"quantities": parts, "pairs": 0 if pairs is None else len(pairs)}


def plain_types(df: pd.DataFrame) -> pd.DataFrame:
    """Return the table in the few types that SDMetrics' query strings can hold."""
    out = df.copy()
    for name, values in df.items():
        if pd.api.types.is_timedelta64_dtype(values):
            out[name] = values.dt.total_seconds()
        elif not (
            pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
        ):
            out[name] = values.astype(object).where(values.notna(), "missing").astype(str)
    return out


def metadata(df: pd.DataFrame) -> dict[str, Any]:
    """Return what SDMetrics wants to know of the columns."""
    kinds = {}
    for name, values in df.items():
        if pd.api.types.is_bool_dtype(values):
            kinds[name] = {"sdtype": "boolean"}
        elif pd.api.types.is_numeric_dtype(values):
            kinds[name] = {"sdtype": "numerical"}
        elif pd.api.types.is_datetime64_any_dtype(values):
            kinds[name] = {"sdtype": "datetime"}
        else:
            kinds[name] = {"sdtype": "categorical"}
    return {"columns": kinds}


def sdmetrics_report(real: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, float] | None:
    """Time SDMetrics' quality report and count what it measured; None without SDMetrics."""
    try:
        from sdmetrics.reports.single_table import QualityReport
    except ImportError:
        return None
    start = time.perf_counter()
    report = QualityReport()
    with contextlib.redirect_stdout(io.StringIO()):
        report.generate(real, synthetic, metadata(real), verbose=False)
    seconds = time.perf_counter() - start
    shapes = report.get_details("Column Shapes")["Score"].notna().sum()
    pairs = report.get_details("Column Pair Trends")
    used = pairs["Score"].notna()
    return {
        "seconds": seconds,
        "quantities": int(shapes + used.sum()),
        "pairs": int(used.sum()),
        "all pairs": len(pairs),
        "score": report.get_score(),
    }


def sdmetrics_new_rows(real: pd.DataFrame, synthetic: pd.DataFrame, rows: int) -> float | None:
    """Return the seconds that SDMetrics' new-row measure takes a synthetic row."""
    try:
        from sdmetrics.single_table import NewRowSynthesis
    except ImportError:
        return None
    start = time.perf_counter()
    NewRowSynthesis.compute(real, synthetic[:rows], metadata(real))
    return (time.perf_counter() - start) / rows


def main() -> None:
    """Print one block a number of synthetic rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[5000, 100_000])
    parser.add_argument("--real", type=int, default=5000)
    args = parser.parse_args()
    real = datasets.simulate_telecom(args.real, rng=1)
    holdout = datasets.simulate_telecom(args.real, rng=2)
    for rows in args.rows:
        synthetic = datasets.simulate_telecom(rows, rng=3)
        wall, cpu = time.perf_counter(), time.process_time()
        found = evaluate(real, synthetic, holdout=holdout, rng=1)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        ours = quantities(found)
        print(f"{real.shape[0]:,} real, {rows:,} synthetic rows x {real.shape[1]} columns")
        print(
            f"  evaluate: {wall:.1f} s wall, {cpu:.1f} s CPU, peak {peak:.2f} GB; "
            f"{len(found.scores)} scores of {ours['quantities']} quantities, {ours['pairs']} pairs"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            plain = plain_types(real), plain_types(synthetic)
            theirs, each = sdmetrics_report(*plain), sdmetrics_new_rows(*plain, 200)
        if theirs is None:
            print("  SDMetrics is not installed (pip install sdmetrics)")
            continue
        print(
            f"  SDMetrics quality report: {theirs['seconds']:.1f} s; {theirs['quantities']} "
            f"quantities, {theirs['pairs']} of {theirs['all pairs']} pairs; "
            f"score {theirs['score']:.3f} for rows of the same law"
        )
        if each is not None:
            print(f"  SDMetrics new-row measure: {each * rows / 3600:.2f} h at {each:.4f} s a row")


if __name__ == "__main__":
    main()
