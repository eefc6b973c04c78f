"""What a plot is drawn from: the portrait of an evaluation, or one of two tables."""

from collections.abc import Collection, Sequence
from typing import TypeVar, cast

from copulasynth.errors import DataError
from copulasynth.metrics import align
from copulasynth.metrics.summary import PairPortrait, Portrait, TailPanel, portray
from copulasynth.metrics.table import AnyTable
from copulasynth.report.results import Judged

__all__ = ["check_pairs", "named_pair", "one_pair", "portrait_of"]

Pair = TypeVar("Pair", PairPortrait, TailPanel)


def check_pairs(names: Sequence[str]) -> None:
    """Refuse a map of pairs that were not portrayed."""
    if not names:
        raise DataError(
            "this evaluation has no map of these pairs: the quick metrics leave them out. "
            "Evaluate without metrics='quick', or pass the two tables."
        )


def named_pair(pair: tuple[str, str] | int) -> list[str] | None:
    """Return the two columns that were named, if they were."""
    return None if isinstance(pair, int) else list(pair)


def one_pair(found: Sequence[Pair], pair: tuple[str, str] | int) -> Pair | None:
    """Return the pair of two columns, or of a place among the worst, if it is there."""
    if isinstance(pair, int):
        return found[pair] if pair < len(found) else None
    return next((p for p in found if {p.first, p.second} == set(pair)), None)


def portrait_of(
    data: object,
    synthetic: object,
    parts: Collection[str],
    columns: list[str] | None = None,
    holdout: AnyTable | None = None,
) -> Portrait:
    """Return the portrait that an evaluation has, or make one of two tables."""
    if synthetic is None:
        found = data.portrait if isinstance(data, Judged) else data
        if not isinstance(found, Portrait):
            raise DataError("pass an evaluation, or the real and the synthetic table.")
        return found
    tables = align(cast(AnyTable, data), cast(AnyTable, synthetic), holdout=holdout)
    sides = [tables.real, tables.synthetic, tables.holdout]
    if columns is not None:
        unknown = [name for name in columns if name not in tables.real.names]
        if unknown:
            raise DataError(f"no common column is called {unknown[0]!r}.")
        sides = [None if t is None else t.select(columns) for t in sides]
    return portray(sides[0], sides[1], holdout=sides[2], parts=parts, rng=0)
