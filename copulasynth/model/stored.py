"""What of a model goes to a file, and what of it decides the bytes of its rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copulasynth import model_file
from copulasynth.model.joint_law import storable
from copulasynth.model.provenance import versions
from copulasynth.rows.dataset import Origin

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["header", "origin_of", "stored"]


def stored(model: "Model") -> "Model":
    """Return a model without what a file cannot hold."""
    others = tuple(map(storable, model.others))
    return replace(model, sampler=storable(model.sampler), others=others)


def header(model: "Model") -> dict[str, Any]:
    """Return what stands above a model in its file."""
    return {"training_rows": model.holds_training_rows, **model.provenance.header}


def origin_of(model: "Model", given: Mapping[Any, Any] | None) -> Origin:
    """Return where rows come from: the hash of what the model draws with, and what was given.

    A model that no file can hold has the hash of its name, and is trusted to be the same.
    """
    drawing = (model.schema, stored(model).sampler, model.following)
    try:
        text = model_file.text_of(drawing)
    except TypeError:
        text = repr(model)
    words = {str(name): repr(value) for name, value in sorted((given or {}).items(), key=str)}
    return Origin(hashlib.sha256(text.encode()).hexdigest(), words, versions())
