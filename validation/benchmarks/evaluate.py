"""Time, memory and number of quantities of `evaluate`, beside SDMetrics on the same tables.

Seconds of one machine say little about another, and those of a busy one nothing. So everything is
also told as a ratio to work of the same run: the fit of a Gaussian copula to the real table, and
the quality report of SDMetrics. That is optional: without it only our half is printed. Run, for the
sizes of the report:

    python validation/benchmarks/evaluate.py --rows 5000 100000 1000000
"""

import argparse
import contextlib
import io
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

import copulasynth as cs
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
    start = time.process_time()
    report = QualityReport()
    with contextlib.redirect_stdout(io.StringIO()):
        report.generate(real, synthetic, metadata(real), verbose=False)
    seconds = time.process_time() - start
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


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, processor seconds and what the work returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def judged(
    what: str, real: pd.DataFrame, synthetic: pd.DataFrame, floor: float, **settings: Any
) -> float:
    """Print what one evaluation takes, and return its processor seconds."""
    wall, cpu, found = timed(lambda: evaluate(real, synthetic, rng=1, **settings))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    ours = quantities(found)
    print(
        f"  {what}: {wall:.1f} s wall, {cpu:.1f} s CPU, {cpu / floor:.1f} x the Gaussian fit, peak "
        f"{peak:.2f} GB; {len(found.scores)} scores of {ours['quantities']} quantities, "
        f"{ours['pairs']} pairs"
    )
    return cpu


def peer(real: pd.DataFrame, synthetic: pd.DataFrame, seconds: float, quick: float) -> None:
    """Print what SDMetrics takes and measures, and how our seconds compare."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        plain = plain_types(real), plain_types(synthetic)
        theirs, each = sdmetrics_report(*plain), sdmetrics_new_rows(*plain, 200)
    if theirs is None:
        print("  SDMetrics is not installed (pip install sdmetrics)")
        return
    print(
        f"  SDMetrics quality report: {theirs['seconds']:.1f} s CPU; {theirs['quantities']} "
        f"quantities, {theirs['pairs']} of {theirs['all pairs']} pairs; "
        f"evaluate takes {seconds / theirs['seconds']:.1f} x as long, quick "
        f"{quick / theirs['seconds']:.1f} x"
    )
    if each is not None:
        hours = each * len(synthetic) / 3600
        print(f"  SDMetrics new-row measure: {hours:.2f} h at {each:.4f} s a row")


def main() -> None:
    """Print one block a number of synthetic rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[5000, 100_000])
    parser.add_argument("--real", type=int, default=5000)
    args = parser.parse_args()
    real = datasets.simulate_telecom(args.real, rng=1)
    holdout = datasets.simulate_telecom(args.real, rng=2)
    # imports and first calls are no part of what is measured
    evaluate(real[:300], holdout[:300], holdout=real[300:600], rng=1)
    _, floor, model = timed(lambda: cs.fit(real, copula="gaussian", rng=1))
    for rows in args.rows:
        synthetic = model.sample(rows, rng=3)
        print(f"{real.shape[0]:,} real, {rows:,} synthetic rows x {real.shape[1]} columns")
        known = {"holdout": holdout, "schema": model.schema}
        whole = judged("evaluate", real, synthetic, floor, **known)
        quick = judged("evaluate, quick", real, synthetic, floor, metrics="quick", **known)
        peer(real, synthetic, whole, quick)


if __name__ == "__main__":
    main()
