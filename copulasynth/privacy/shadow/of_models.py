"""What the parameters of a model say of a record: an attacker reads the file and draws no row.

Every number of the JSON stands under its path. Lists of numbers differ in length from fit to fit,
so they are summed up, and short ones are kept place by place too. A text is a flag under its path.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, runtime_checkable

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.privacy.shadow.worlds import Worlds

__all__ = ["cell_features", "document", "parameters"]

#: Lists up to this length are told place by place too.
_SHORT = 120
#: Texts longer than this are flags by their beginning.
_LONG_TEXT = 80
#: Numbers that differ by less than this part of them are equal.
_EQUAL = 1e-9


@runtime_checkable
class Saved(Protocol):
    """A model that writes a file."""

    def save(self, path: Path, /) -> object: ...


def document(model: object) -> object:
    """Return what the file of a model holds.

    Raises
    ------
    DataError
        If it has none that is JSON.
    """
    if not isinstance(model, Saved):
        raise DataError(
            f"released='model' reads model files, and fit returned a {type(model).__name__}, which "
            "has no save(path). Audit the rows that it draws: released='rows'."
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        try:
            model.save(path)
            return json.loads(path.read_text(encoding="utf-8"))
        except (TypeError, ValueError) as e:
            raise DataError(
                f"no model file can be audited: {e} Audit the rows: released='rows'."
            ) from None


def parameters(data: object) -> dict[str, float]:
    """Return every number and text of a document under its path.

    >>> parameters({"a": [1.0, 3.0], "b": {"type": "x"}})["/a mean"]
    2.0
    """
    found: dict[str, float] = {}
    for path, value in _leaves(data, ""):
        if isinstance(value, str):
            found[f"{path}={value[:_LONG_TEXT]}"] = 1.0
        elif isinstance(value, list):
            found |= _summed(path, value)
        else:
            found[path] = float(value)
    return found


def _leaves(data: object, path: str) -> Iterator[tuple[str, Any]]:
    """Yield numbers, texts, and lists of numbers, with their paths."""
    if isinstance(data, Mapping):
        if set(data) == {"$float"}:
            yield path, data["$float"]
            return
        for key, value in data.items():
            yield from _leaves(value, f"{path}/{key}")
    elif isinstance(data, list):
        if data and all(isinstance(v, int | float) for v in data):
            yield path, data
            return
        for k, value in enumerate(data):
            yield from _leaves(value, f"{path}/{k}")
    elif isinstance(data, str | int | float):
        yield path, data


def _summed(path: str, values: list[float]) -> dict[str, float]:
    x = floats(values)
    told = {"size": float(x.size), "mean": x.mean(), "spread": x.std(), "low": x.min(),
            "high": x.max()}  # fmt: skip
    if x.size <= _SHORT:
        told |= {str(k): v for k, v in enumerate(x.tolist())}
    return {f"{path} {name}": float(value) for name, value in told.items()}


def cell_features(worlds: Worlds, data: object) -> Floats:
    """Return which cells of each record stand in a document, shape (records, 3 columns + 1).

    A cell is told as a number or a text: how often it occurs, how near the nearest number comes,
    and whether its label is there.
    """
    numbers, texts = _spoken(data)
    base = align(worlds.base, worlds.base, schema=worlds.schema).real
    out = np.zeros((len(worlds.chosen), len(worlds.names), 3))
    for place, name in enumerate(worlds.names):
        j = base.names.index(name)
        column = base.columns[j]
        for k in range(len(worlds.chosen)):
            if base.states[j, k] != 0:
                continue
            x = float(base.numbers[j, k])
            if column.levels:
                out[k, place, 2] = column.levels[int(x)] in texts
            else:
                out[k, place, :2] = _occurs(x, numbers)
    flat = out.reshape(len(out), -1)
    return floats(np.column_stack([flat, (out[:, :, 0] > 0).sum(axis=1)]))


def _spoken(data: object) -> tuple[Floats, frozenset[str]]:
    """Return all numbers of a document, sorted, and all texts."""
    numbers: list[float] = []
    texts = set()
    for _, value in _leaves(data, ""):
        if isinstance(value, str):
            texts.add(value)
        else:
            numbers += value if isinstance(value, list) else [value]
    return np.sort(floats(numbers)), frozenset(texts)


def _occurs(x: float, numbers: Floats) -> tuple[float, float]:
    """Return how often a number occurs, and the relative distance to the nearest one."""
    slack = _EQUAL * max(abs(x), 1.0)
    low, high = np.searchsorted(numbers, [x - slack, x + slack])
    near = numbers[max(low - 1, 0) : high + 1]
    gap = np.abs(near - x).min(initial=1.0) / max(abs(x), 1.0)
    return float(high - low), float(np.log(max(gap, 1e-12)))
