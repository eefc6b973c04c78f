"""What a table is compared by: a hash of its rows, and a summary with Monte-Carlo errors.

The hash says whether the rows are the same to nine digits; the last bits of a number differ between
processors. The summary is for environments in which the rows may differ: there two tables are two
samples of one law, and their means and shares differ by a few standard errors at most.
"""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

__all__ = ["differences", "digest", "summary"]

#: Chance that one number of two samples of one law is called different.
CHANCE = 1e-6


def digest(df: pd.DataFrame) -> str:
    """Return the SHA-256 of the rows as CSV with nine digits, and of the types and levels."""
    types = [f"{name}: {_levels(df[name]) or df[name].dtype}" for name in df.columns]
    text = df.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    return hashlib.sha256("\n".join([*types, text]).encode()).hexdigest()


def summary(df: pd.DataFrame) -> dict[str, Any]:
    """Return the rows, and for each column its type, its missing share and what describes it."""
    return {"rows": len(df), "columns": {str(name): _describe(df[name]) for name in df.columns}}


def differences(recorded: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return what of a summary differs by more than Monte-Carlo error, in words."""
    n = recorded["rows"]
    if n != found["rows"]:
        return [f"{found['rows']} rows, not {n}"]
    if list(recorded["columns"]) != list(found["columns"]):
        return [f"columns {list(found['columns'])}, not {list(recorded['columns'])}"]
    said = []
    for name, old in recorded["columns"].items():
        new = found["columns"][name]
        if old["type"] != new["type"]:
            said.append(f"{name}: type {new['type']}, not {old['type']}")
            continue
        pairs = [("missing", old["missing"], new["missing"])]
        if old.get("shares"):
            level = max(old["shares"], key=lambda v: old["shares"][v])
            pairs.append((f"share of {level}", old["shares"][level], new["shares"].get(level, 0.0)))
        said += [
            f"{name}: {what} {b:.6g}, not {a:.6g}"
            for what, a, b in pairs
            if abs(a - b) > _factor(n) * np.hypot(_share_error(a, n), _share_error(b, n))
        ]
        for what in ("mean", "sd"):
            if what in old and what in new:
                (a, error_a), (b, error_b) = old[what], new[what]
                # numbers that do not vary are equal up to rounding
                slack = 1e-5 * max(abs(a), 1e-9)
                if abs(a - b) > _factor(n) * np.hypot(error_a, error_b) + slack:
                    said.append(f"{name}: {what} {b:.6g}, not {a:.6g}")
    return said


def _factor(n: int) -> float:
    """Return how many standard errors two samples of n rows may differ by."""
    return float(student.isf(CHANCE / 2, max(2 * n - 2, 1)))


def _share_error(p: float, n: int) -> float:
    """Return the standard error of a share; two rows of either kind keep it above zero."""
    p = (n * p + 2) / (n + 4)
    return float(np.sqrt(p * (1 - p) / (n + 4)))


def _levels(column: pd.Series) -> str:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return ""
    kind = "ordered" if column.dtype.ordered else "category"
    return f"{kind} {column.dtype.categories.tolist()}"


def _type(column: pd.Series) -> str:
    """Return the type under a name that all versions of pandas share: text is text."""
    if pd.api.types.is_string_dtype(column.dtype):
        return "text"
    return _levels(column) or str(column.dtype)


def _describe(column: pd.Series) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _type(column), "missing": _short(column.isna().mean())}
    seen = column.dropna()
    if column.dtype.kind == "M":
        seen = (seen - pd.Timestamp(0)) / pd.Timedelta(days=1)
    elif column.dtype.kind not in "iuf":
        counts = seen.astype(str).value_counts()
        common = counts[counts > 1].sort_index(kind="stable")
        return found | {"shares": {k: _short(c / len(column)) for k, c in common.items()}}
    x = seen.to_numpy(dtype=np.float64)
    if len(x) < 2:
        return found
    mean, sd = x.mean(), x.std()
    fourth = ((x - mean) ** 4).mean()
    spread = np.sqrt(max(fourth / sd**2 - sd**2, 0.0) / (4 * len(x))) if sd > 0 else 0.0
    return found | {
        "mean": [_short(mean), _short(sd / np.sqrt(len(x)))],
        "sd": [_short(sd), _short(spread)],
    }


def _short(value: float) -> float:
    return float(f"{value:.7g}")
