"""Copulas of model files of version 2, which held trees node by node, as those of version 3."""

from typing import Any

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth._untrusted import checked_array
from copulasynth.copulas.calibration.calibrated import CENTI
from copulasynth.copulas.tree.compact import Points, loose_stretches
from copulasynth.copulas.tree.forest import Forest
from copulasynth.copulas.tree.linear_index import LinearIndex
from copulasynth.copulas.tree.rounding import compact
from copulasynth.model_file import build, to_data

__all__ = ["renewed"]

#: Draws of the pilots of version 2.
PILOT = 1 << 18


def renewed(data: Any) -> Any:
    """Return data in which every tree copula and calibration, however deep, is of version 3.

    Ends of leaf laws move to the nearest of the points that version 3 knows, by less than a ten
    thousandth, so that rows differ from those that older releases drew.
    """
    if isinstance(data, list):
        return [renewed(item) for item in data]
    if not isinstance(data, dict):
        return data
    data = {key: renewed(value) for key, value in data.items()}
    if data.get("type") == "tree_copula":
        return _tree(data)
    if data.get("type") == "calibrated_copula":
        return _calibration(data)
    return data


def _tree(data: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in data.items() if k not in ("forest", "knots")}
    forest, index = build(Forest, data["forest"], {}), build(LinearIndex, data["index"], {})
    order, bottoms = checked_array(Ints, data["order"]), index.atom_low
    ends = zip(bottoms, index.atom_high, strict=True)
    if sorted(order.tolist()) != list(range(len(bottoms))):
        raise ValueError("order must be a permutation of the variables")
    marks = tuple(np.unique(np.r_[0.0, a, b, 1.0]) for a, b in ends)
    points = Points(marks, tuple(map(loose_stretches, marks, bottoms)))
    parts = {"points": points, "trees": compact(forest, order, points)}
    new = {name: to_data(value, type(value)) for name, value in parts.items()}
    return {**kept, **new, "counts": _counts(data["knots"])}


def _calibration(data: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in data.items() if k != "knots"}
    factors = np.rint(checked_array(Floats, data["factors"]) / CENTI).astype(np.int64)
    return {**kept, "factors": factors.tolist(), "counts": _counts(data["knots"])}


def _counts(knots: Any) -> Any:
    shares = np.diff(checked_array(Floats, knots), axis=1)
    return np.rint(shares * PILOT).astype(np.int64).tolist()
