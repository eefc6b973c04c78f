"""Model files: versioned JSON of allow-listed values, read as untrusted input.

Every value that a file may hold is a frozen dataclass whose fields are numbers, strings, tuples,
arrays or other such values; :data:`VALUES` names each of them. Nothing else can be made from a
file, no code runs, and msgspec checks every type before a constructor sees it.
"""

import dataclasses
import json
import math
import os
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import numpy as np

from copulasynth._write import write_text
from copulasynth.errors import ModelFileError

__all__ = ["FORMAT", "VALUES", "VERSION", "from_data", "load", "to_data", "write"]

FORMAT = "copulasynth-model"
VERSION = 1
MAX_BYTES = 1 << 30

#: The allow-list: the tag in the file -> the class it makes.
_S = "copulasynth.synthesizers."
VALUES: dict[str, str] = {
    "atom_spline": "copulasynth.marginals.spline:AtomSpline",
    "count": "copulasynth.marginals.count:Count",
    "discrete": "copulasynth.marginals.discrete:Discrete",
    "empirical": "copulasynth.marginals.empirical:Empirical",
    "gpd_tail": "copulasynth.marginals.gpd:GpdTail",
    "hurdle": "copulasynth.marginals.hurdle:Hurdle",
    "kernel": "copulasynth.marginals.kernel:Kernel",
    "mixture": "copulasynth.marginals.mixture:NormalMixture",
    "parametric": "copulasynth.marginals.parametric:Parametric",
    "rounded": "copulasynth.marginals.rounded:Rounded",
    "truncated": "copulasynth.marginals.truncated:Truncated",
    "gaussian_copula": "copulasynth.copulas.elliptical.gaussian:GaussianCopula",
    "independence_copula": "copulasynth.copulas.independence:IndependenceCopula",
    "student_copula": "copulasynth.copulas.elliptical.student:StudentCopula",
    "blend_copula": "copulasynth.copulas.blend:BlendCopula",
    "bins": "copulasynth.copulas.calibration.bins:Bins",
    "calibrated_copula": "copulasynth.copulas.calibration.calibrated:CalibratedCopula",
    "forest": "copulasynth.copulas.tree.forest:Forest",
    "linear_index": "copulasynth.copulas.tree.linear_index:LinearIndex",
    "mixture_copula": "copulasynth.copulas.mixture.copula:MixtureCopula",
    "tree_copula": "copulasynth.copulas.tree.copula:TreeCopula",
    "vine_copula": "copulasynth.copulas.vine.copula:VineCopula",
    "joint": "copulasynth.model.joint:JointModel",
    "lookup": "copulasynth.rules.kinds:Lookup",
    "linear": "copulasynth.rules.kinds:Linear",
    "grouped_linear": "copulasynth.rules.kinds:GroupedLinear",
    "product": "copulasynth.rules.kinds:Product",
    "bootstrap_sampler": _S + "bootstrap:BootstrapSampler",
    "imported_marginal": _S + "foreign.imported:ScipyMarginal",
    "kde_sampler": _S + "neighbours.kde:KdeSampler",
    "kernel_copula_sampler": _S + "neighbours.kernel_copula:KernelCopulaSampler",
    "munge_sampler": _S + "neighbours.munge_sampler:MungeSampler",
    "smote_sampler": _S + "neighbours.smote_sampler:SmoteSampler",
    "cart_law": _S + "sequence.cart_law:CartLaw",
    "inverse_tree_sampler": _S + "sequence.inverse_tree_sampler:InverseTreeSampler",
    "level_law": _S + "sequence.parametric_laws:LevelLaw",
    "normal_rank_law": _S + "sequence.parametric_laws:NormalRankLaw",
    "ordered_law": _S + "sequence.parametric_laws:OrderedLaw",
    "sequence_sampler": _S + "sequence.sampler:SequenceSampler",
    "smooth_law": _S + "sequence.smooth_law:SmoothLaw",
    "stratified_sampler": _S + "sequence.sampler:StratifiedSampler",
    "synthesizer": _S + "fitted:SynthesizerModel",
    "training_rows": _S + "training_rows:TrainingRows",
    "schema": "copulasynth.schema:Schema",
}


def _class(tag: str) -> type:
    module, _, name = VALUES[tag].partition(":")
    cls: type = getattr(import_module(module), name)
    return cls


def _tag(value: object) -> str | None:
    cls = type(value)
    for tag, path in VALUES.items():
        name = path.partition(":")[2]
        if name == cls.__name__ and cls is _class(tag):
            return tag
    return None


def to_data(value: object) -> Any:
    """Return `value` as dictionaries, lists, numbers and strings; values on the list get a tag."""
    if isinstance(value, np.ndarray):
        plain = value.tolist()
        return plain if value.dtype.kind in "iub" or np.isfinite(value).all() else to_data(plain)
    if isinstance(value, np.generic):
        return to_data(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        # JSON has no infinity, and a bare string could be a level of that name
        return {"$float": str(value)}
    if isinstance(value, tuple | list):
        return [to_data(v) for v in value]
    if isinstance(value, dict):
        return {k: to_data(v) for k, v in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        tag = _tag(value)
        fields = {
            k: to_data(getattr(value, k)) for k, f in value.__dataclass_fields__.items() if f.init
        }
        return fields if tag is None else {"type": tag, **fields}
    return value


def from_data(data: object) -> Any:
    """Return the allow-listed value that tagged `data` describes.

    Raises
    ------
    ModelFileError
        If the tag is not on the list, a field is missing, unknown or of a wrong type, or the
        value refuses its fields.
    """
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise ModelFileError("expected an object with a 'type'; the model file is damaged")
    tag = data["type"]
    if tag not in VALUES:
        raise ModelFileError(f"unknown type {tag!r}; was the file written by a newer version?")
    cls = _class(tag)
    kinds = _fields(cls)
    given = {k: v for k, v in data.items() if k != "type"}
    if unknown := set(given) - set(kinds):
        raise ModelFileError(f"{tag}: unknown fields {sorted(unknown)}")
    try:
        made = {k: msgspec.convert(v, kinds[k], dec_hook=_decode) for k, v in given.items()}
        return cls(**made)
    except ModelFileError:
        raise
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError) as e:
        raise ModelFileError(f"{tag}: {e}") from e


@cache
def _fields(cls: type) -> dict[str, Any]:
    """Return the types of the fields that a constructor takes."""
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls) if f.init}


def _decode(kind: Any, data: object) -> Any:
    """Make what msgspec cannot: arrays (typed by their annotation) and tagged values."""
    if getattr(kind, "__origin__", kind) is np.ndarray:
        dtype = get_args(get_args(kind)[1])[0]
        a = np.asarray(data, dtype=dtype)
        if a.dtype.kind == "f" and np.isnan(a).any():
            raise ValueError("an array holds a value that is not a number")
        a.flags.writeable = False
        return a
    return from_data(data)


def _unpack(data: dict[str, Any]) -> Any:
    if set(data) == {"$float"}:
        return float(data["$float"])
    return data


def write(path: str | os.PathLike[str], value: object, **header: object) -> None:
    """Write `value` to a model file, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written; an older file of that name is then untouched.
    """
    document = {"format": FORMAT, "version": VERSION, **header, "model": to_data(value)}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_text(path, text)


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model file as untrusted input.

    Raises
    ------
    ModelFileError
        If the file is no model file, truncated, too large, of a newer version or inconsistent.
    """
    source = Path(path)
    try:
        if source.stat().st_size > MAX_BYTES:
            raise ModelFileError(
                f"{source} is larger than {MAX_BYTES:,} bytes; that is no model file"
            )
        raw = source.read_bytes()
    except OSError as e:
        raise ModelFileError(f"cannot read {source}: {e.strerror or e}") from e
    try:
        document = json.loads(raw, object_hook=_unpack)
    except (ValueError, TypeError, RecursionError) as e:
        raise ModelFileError(f"{source} is not JSON, or is truncated: {e}") from e
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelFileError(f"{source} is not a copulasynth model file")
    if document.get("version") != VERSION:
        raise ModelFileError(
            f"{source} has version {document.get('version')!r}; this release reads {VERSION}"
        )
    try:
        # absurd numbers overflow; what comes of them is checked
        with np.errstate(all="ignore"):
            model = from_data(document.get("model"))
            # types and time zones are names until somebody makes a column of them
            model.schema.decode(np.zeros((1, len(model.schema.variables))))
            if hasattr(model, "check"):
                model.check()
    except RecursionError as e:
        raise ModelFileError(f"{source} is nested too deeply") from e
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as e:
        if isinstance(e, ModelFileError):
            raise
        raise ModelFileError(f"{source}: the model makes no table: {e}") from e
    return model
