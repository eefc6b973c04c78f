"""Class-conditional use: more rows of rare classes, in imbalanced-learn's vocabulary."""

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth._arrays import Ints, generator
from copulasynth._knobs import is_real
from copulasynth.errors import DataError
from copulasynth.model import Model
from copulasynth.model.api import Traced
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng
from copulasynth.synthesizers.neighbours.smote import Smote
from copulasynth.synthesizers.registry import resolve

__all__ = ["augment"]

Strategy = str | float | Mapping[Any, int]


def augment(
    df: Tabular,
    *,
    target: Any,
    strategy: Strategy = "auto",
    method: Any = None,
    schema: Schema | None = None,
    return_origin: bool = False,
    rng: Rng = None,
) -> Any:
    """Add synthetic rows of rare classes: the original rows first, as they are, then the new ones.

    A synthesizer is fitted to the rows of one class at a time, so new rows of a class come from
    rows of that class in `df` and from nothing else. Split off the test rows before, never after:
    a new row is made of the rows it was fitted to.

    More rows of a rare class move a classifier's threshold; they bring no information. Look at
    average precision, the Brier score and a tuned threshold without new rows before believing F1.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
        Training rows.
    target : label
        The column of classes. Rows where it is missing stay as they are.
    strategy : str, float or mapping
        ``"auto"`` or ``"not majority"``: every class but the largest grows to its size.
        ``"minority"``: the smallest only. ``"all"``: as "auto", the largest being large enough. A
        number: for two classes, the size of the smaller over that of the larger one. A mapping
        ``{"yes": 20_000}``: the number of rows that a class is to have.
    method : synthesizer, optional
        Anything with ``fit(df, rng=)``, or the name of a synthesizer; ``Smote()`` if not given.
    schema : Schema, optional
        Of the columns without the target; inferred from all rows if not given, so that a class
        without some level still shares the types of the others.
    return_origin : bool
        Also return where each row comes from.
    rng : int, numpy.random.Generator or None

    Returns
    -------
    table : DataFrame
        Of the library and types of `df`. A pandas index is replaced by a RangeIndex.
    origin : pandas.DataFrame
        Only with `return_origin`, one row a row of the result: ``synthetic``, and positions in
        `df`: ``base``, ``neighbour``, ..., -1 where there is none. An original row is its own base.

    Raises
    ------
    DataError
        If the target is no column, the strategy asks for fewer rows than there are or names no
        class, or a class has too few rows to fit to.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"x": [float(i * i) for i in range(30)], "y": ["no"] * 24 + ["yes"] * 6})
    >>> more = augment(df, target="y", strategy={"yes": 12}, method=Smote(k=3), rng=0)
    >>> more["y"].value_counts().to_dict()
    {'no': 24, 'yes': 12}
    """
    frame = nw.from_native(df, eager_only=True)
    if target not in frame.columns:
        raise DataError(f"target {target!r} is no column of the table; it has {frame.columns}")
    method = Smote() if method is None else _synthesizer(method)
    classes = frame[target].to_list()
    rows: dict[Any, list[int]] = {}
    for i, c in enumerate(classes):
        if not (c is None or c is pd.NA or c != c):
            rows.setdefault(c, []).append(i)
    wanted = _wanted({c: len(r) for c, r in rows.items()}, strategy)
    inputs = frame.drop(target)
    if schema is None:
        schema = Schema.infer(inputs.to_native())
    rng = generator(rng)
    tables, origins = [frame], [pd.DataFrame({"synthetic": False, "base": np.arange(len(frame))})]
    for (c, more), child in zip(wanted.items(), rng.spawn(len(wanted)), strict=True):
        if more > 0:
            at = np.array(rows[c], dtype=np.int64)
            made, origin = _grow(inputs, at, more, method, schema, child, return_origin)
            label = frame[target][[int(at[0])] * more]
            made = nw.from_native(made, eager_only=True).with_columns(label.alias(target))
            tables.append(made.select(frame.columns))
            origins.append(origin)
    table = _plain_index(nw.concat([_plain_index(t) for t in tables], how="vertical")).to_native()
    if not return_origin:
        return table
    origin = pd.concat(origins, ignore_index=True)
    roles = [c for c in origin.columns if c != "synthetic"]
    origin[roles] = origin[roles].fillna(-1).astype(np.int64)
    return table, origin


def _synthesizer(method: Any) -> Any:
    """Return what fits a table: an object as it is, or that of a name such as "smote"."""
    row, made = resolve(method)
    if row.kind == "copula":
        raise DataError(
            f"method {method!r} is a copula; pass CopulaSynthesizer({row.name!r}), or the name of "
            "a synthesizer such as 'smote'"
        )
    return made


def _grow(
    inputs: Any,
    at: Ints,
    more: int,
    method: Any,
    schema: Schema,
    rng: np.random.Generator,
    return_origin: bool,
) -> tuple[Any, pd.DataFrame]:
    """Fit to the rows `at` and draw `more`; return them with positions in the whole table."""
    if len(at) < 2:
        raise DataError(f"a class with {len(at)} row cannot be grown; it needs at least 2 rows")
    fit_rng, draw_rng = rng.spawn(2)
    model = method.fit(inputs[at.tolist()].to_native(), schema=schema, rng=fit_rng)
    traced = isinstance(model, Model) and isinstance(model.sampler, Traced)
    if return_origin and traced:
        made, origin = model.sample(more, rng=draw_rng, return_origin=True)
    else:
        made, origin = model.sample(more, rng=draw_rng), pd.DataFrame({"base": [-1] * more})
    for role in origin.columns:
        local = origin[role].to_numpy()
        origin[role] = np.where(local >= 0, at[local], -1)
    origin.insert(0, "synthetic", True)
    return made, origin


def _wanted(sizes: dict[Any, int], strategy: Strategy) -> dict[Any, int]:
    """Return how many rows each class is to gain."""
    if not sizes:
        raise DataError("the target has no observed class")
    most, least = max(sizes.values()), min(sizes, key=lambda c: sizes[c])
    if isinstance(strategy, Mapping):
        unknown = [c for c in strategy if c not in sizes]
        if unknown:
            raise DataError(f"strategy names class {unknown[0]!r}; the target has {list(sizes)}")
        goal = {c: strategy.get(c, size) for c, size in sizes.items()}
    elif isinstance(strategy, str):
        if strategy not in ("auto", "not majority", "minority", "all"):
            raise DataError(
                f"strategy {strategy!r} is not known; use 'auto', 'not majority', 'minority', "
                "'all', a number or a mapping"
            )
        goal = {c: most if strategy != "minority" or c == least else s for c, s in sizes.items()}
    else:
        if not is_real(strategy) or strategy > 1:
            raise DataError(
                f"strategy {strategy!r}: a number is the wanted ratio of the smaller to the larger "
                "class, at most 1."
            )
        if len(sizes) != 2:
            raise DataError(
                f"a number as strategy is for two classes, the target has {len(sizes)}. "
                "Use a mapping from class to number of rows."
            )
        goal = {c: round(strategy * most) if c == least else s for c, s in sizes.items()}
    for c, size in sizes.items():
        if goal[c] < size:
            raise DataError(
                f"class {c!r} has {size} rows, more than the {goal[c]} that strategy asks for. "
                "augment only adds rows."
            )
    return {c: int(goal[c]) - size for c, size in sizes.items()}


def _plain_index(frame: Any) -> Any:
    if frame.implementation.is_pandas():
        return nw.from_native(frame.to_native().reset_index(drop=True), eager_only=True)
    return frame
