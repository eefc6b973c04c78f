"""What a model file may hold, put together from all rooms, and how a file becomes a model."""

from os import PathLike
from typing import Any

import numpy as np

from copulasynth import model_file
from copulasynth.errors import ModelFileError
from copulasynth.marginals.stored import STORED as MARGINALS
from copulasynth.model import Model
from copulasynth.model.provenance import columns_of
from copulasynth.model.rows import Rows
from copulasynth.rows import sampling
from copulasynth.rules.stored import STORED as RULES
from copulasynth.synthesizers.registry import METHODS

__all__ = ["STORED", "load"]

#: Models, and what methods without a name draw with.
_OTHERS = (
    "copulasynth.model.joint_law:JointLaw",
    "copulasynth.model.model:Model",
    "copulasynth.model.seen:Even",
    "copulasynth.model.strata.law:Strata",
    "copulasynth.schema.schema:Schema",
    "copulasynth.synthesizers.foreign.imported:ScipyMarginal",
    "copulasynth.synthesizers.sequence.inverse_tree_sampler:InverseTreeSampler",
)

#: Rows that are drawn of a model before it is handed out.
TRIAL = 256

#: Tags of version 1 that were not the names of their classes.
_NAMES_OF_1 = {"imported_marginal": "scipy_marginal", "mixture": "normal_mixture"}

#: Tag -> class of every value whose class a file chooses; a class is imported when it is met.
STORED = model_file.table_of(
    (*MARGINALS, *RULES, *(path for method in METHODS for path in method.stored), *_OTHERS)
)


def load(path: str | PathLike[str]) -> Model:
    """Read a model from a file, as untrusted input.

    Raises
    ------
    ModelFileError
        If the file is no model file, truncated, too large, of a newer version or inconsistent.
    """
    return model_file.read(path, Model, STORED, upgrades={1: _second, 2: _third}, check=_check)


def _check(model: Model) -> None:
    """Raise an error if the model makes no table: some rows are drawn, and none may overflow."""
    # types and time zones are names until somebody makes a column of them
    model.schema.decode(np.zeros((1, len(model.schema.variables))))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for sampler in (model.sampler, *model.others):
            rows = Rows(model.schema, sampler, model.following)
            sampling.sample(rows, TRIAL, rng=0)


def _second(document: dict[str, Any]) -> dict[str, Any]:
    """Turn a document of version 1, which had a model each for joint laws and others, into 2."""
    model = document.get("model")
    if not isinstance(model, dict) or model.get("type") not in ("joint", "synthesizer"):
        raise ModelFileError("version 1: expected a model of type 'joint' or 'synthesizer'")
    if model["type"] == "joint":
        others = [_law(m) for m in model.get("others", ())]
        sampler = _law(model)
    else:
        others, sampler = [], dict(model.get("sampler") or {})
        if "joint" in sampler:
            sampler["law"] = _law(sampler.pop("joint"))
    kept = {k: model[k] for k in ("provenance",) if k in model}
    if "schema" in model:
        kept["schema"] = _ruled(model["schema"])
    new = {"type": "model", **kept, "sampler": sampler, "others": others}
    return {**document, "version": 2, "model": new}


def _third(document: dict[str, Any]) -> dict[str, Any]:
    """Turn a document of version 2, which held trees node by node, into one of version 3."""
    # it knows the fits of copulas, which a file of this version does without
    from copulasynth.synthesizers.older import renewed

    model = renewed(document.get("model"))
    told = model.get("provenance") if isinstance(model, dict) else None
    if isinstance(told, dict) and "marginals" in told:
        told["candidates"] = columns_of(told.pop("marginals"))
    return {**document, "version": 3, "model": model}


def _law(model: Any) -> dict[str, Any]:
    """Return the joint law of a joint model of version 1, whose schema alone knew the grid."""
    schema = model_file.from_data(_ruled(model["schema"]), STORED)
    return {
        "type": "joint_law",
        "marginals": _renamed(model["marginals"]),
        "copula": model["copula"],
        "following": {
            "rules": [{**rule, "type": "derivation"} for rule in model.get("derivations", [])],
            "steps": [v.step or 0.0 for v in schema.variables],
            "states": [-1] * len(schema.variables),
        },
    }


def _ruled(schema: Any) -> Any:
    """Return a schema of version 1 with rules in place of dependencies."""
    if not isinstance(schema, dict) or "dependencies" not in schema:
        return schema
    rules = schema["dependencies"] and [
        {"kind": "identity", "columns": [d["target"], *d["parents"]], "keep": d.get("use", True)}
        for d in schema["dependencies"]
    ]
    return {k: v for k, v in schema.items() if k != "dependencies"} | {"rules": rules}


def _renamed(data: Any) -> Any:
    """Return marginals of version 1, however deep, under the names of their classes."""
    if isinstance(data, list):
        return [_renamed(item) for item in data]
    if not isinstance(data, dict):
        return data
    tag = data.get("type")
    named = {"type": _NAMES_OF_1.get(tag, tag)} if isinstance(tag, str) else {}
    return {key: _renamed(value) for key, value in data.items()} | named
