"""What of a model goes to a file, and its rows to files with what decides their bytes."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from copulasynth import model_file
from copulasynth.errors import DataError
from copulasynth.model.joint_law import storable
from copulasynth.model.provenance import versions
from copulasynth.rows import files
from copulasynth.rows.blocks import Rng, Source, told_rows
from copulasynth.rows.dataset import DatasetOptions, Origin, is_dataset, write_dataset

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["header", "stored", "write_rows"]


def stored(model: "Model") -> "Model":
    """Return a model without what a file cannot hold."""
    others = tuple(map(storable, model.others))
    return replace(model, sampler=storable(model.sampler), others=others)


def header(model: "Model") -> dict[str, Any]:
    """Return what stands above a model in its file."""
    return {"training_rows": model.holds_training_rows, **model.provenance.header}


def _origin(model: "Model", given: Mapping[Any, Any] | None) -> Origin:
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


def write_rows(
    model: "Model",
    source: Source,
    path: str | PathLike[str],
    n: int | None,
    given: Mapping[Any, Any] | None,
    options: DatasetOptions,
    *,
    rng: Rng,
    workers: int,
    progress: Callable[[int], object] | None,
    safe_csv: bool,
) -> None:
    """Write n rows of a source of the model into a file, or a folder of files.

    Raises
    ------
    DataError
        If a folder of Parquet files is to be safe for spreadsheets.
    """
    if not is_dataset(path, options):
        n = told_rows(n)
        files.write(source, path, n, rng=rng, workers=workers, progress=progress, safe_csv=safe_csv)
        return
    if safe_csv:
        raise DataError(f"{path}: safe_csv is for .csv files; a folder is of Parquet files")
    of = _origin(model, given)
    write_dataset(source, path, n, of, options, rng=rng, workers=workers, progress=progress)
