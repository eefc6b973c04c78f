"""What must be true of rows drawn for an odd table, and of the words that refuse one."""

import re
from typing import Any

#: What a refusal names where it is the table and not a column that is at fault.
WHOLE = re.compile(r"the table|the columns have|rows|columns? names?|labels", re.IGNORECASE)


class Fault(AssertionError):
    """What a table came back with that it must not."""


def need(holds: object, what: str) -> None:
    """Raise a fault unless something holds."""
    if not holds:
        raise Fault(what)


def check_rows(df: Any, drawn: Any, kinds: dict[Any, str], n: int) -> None:
    """Hold n drawn rows against the table that they come from."""
    need(list(drawn.columns) == list(df.columns), "other columns")
    need(len(drawn) == n, f"{len(drawn)} rows")
    for j, name in enumerate(df.columns):
        real, made = df.iloc[:, j], drawn.iloc[:, j]
        kind = kinds[name]
        need(real.dtype == made.dtype, f"{kind}: {real.dtype} comes back as {made.dtype}")
        need(real.isna().any() or not made.isna().any(), f"{kind}, {real.dtype}: new gaps")
        if kind == "identifier":
            text = {str(v) for v in real.dropna()} if made.dtype.kind not in "iu" else set()
            need(not text & set(made), f"{kind}, {real.dtype}: a real one comes back")
            need(made.is_unique, f"{kind}, {real.dtype}: the same one twice")
        if kind in ("nominal", "ordinal", "boolean", "constant"):
            known = set(real.dropna())
            if kind == "ordinal" and real.dtype == "category":
                known = set(real.cat.categories)  # what lies between seen levels may come
            if made.dtype.kind == "f" and (real.abs() < 1e-150).any():
                known.add(0.0)  # smaller numbers are read as zero
            need(set(made.dropna()) <= known, f"{kind}, {real.dtype}: levels never seen")


def check_refusal(df: Any, error: Exception) -> None:
    """Hold a refusal against what it must say: a column, or what is wrong with the table."""
    text = str(error)
    named = any(repr(c) in text for c in df.columns)
    need(named or WHOLE.search(text), f"a refusal without a column: {text[:300]}")
