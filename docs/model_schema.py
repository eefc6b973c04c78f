"""Write the JSON Schema of model files, `docs/model.schema.json`, from the classes they hold.

Run `python docs/model_schema.py` after a change to a class that a model file may hold.
"""

import dataclasses
import json
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from copulasynth import model_file
from copulasynth.model import Model
from copulasynth.synthesizers import stored

TARGET = Path(__file__).with_name("model.schema.json")
PLAIN = {int: "integer", str: "string", bool: "boolean", type(None): "null"}
#: Numbers that JSON does not have are objects.
NUMBER = {
    "anyOf": [
        {"type": "number"},
        {
            "type": "object",
            "properties": {"$float": {"enum": ["inf", "-inf", "nan"]}},
            "required": ["$float"],
            "additionalProperties": False,
        },
    ]
}
ARRAY = {
    "type": "array",
    "items": {
        "anyOf": [{"$ref": "#/$defs/number"}, {"$ref": "#/$defs/array"}, {"type": "boolean"}]
    },
}
#: Tag -> class.
STORED = {tag: model_file.stored_class(path) for tag, path in stored.STORED.items()}


class Definitions:
    """The definitions of a schema, one a class, made when a class is first met."""

    def __init__(self) -> None:
        self.made: dict[str, Any] = {"number": NUMBER, "array": ARRAY}
        self.tags = {cls: tag for tag, cls in STORED.items()}

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the schema of a type annotation."""
        origin, parts = get_origin(kind), get_args(kind)
        # NDArray is a type alias in newer NumPy
        meant = getattr(origin or kind, "__value__", None)
        if meant is not None:
            return self.of(meant)
        if kind is Any:
            return {}
        if kind is float:
            return {"$ref": "#/$defs/number"}
        if kind in PLAIN:
            return {"type": PLAIN[kind]}
        if origin is Literal:
            return {"enum": list(parts)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(part) for part in parts]}
        if origin is tuple and parts[-1] is not Ellipsis:
            return {
                "type": "array",
                "prefixItems": [self.of(part) for part in parts],
                "minItems": len(parts),
                "maxItems": len(parts),
            }
        if origin in (tuple, list):
            return {"type": "array", "items": self.of(parts[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        if (origin or kind) is np.ndarray:
            return {"$ref": "#/$defs/array"}
        if dataclasses.is_dataclass(kind):
            return self.dataclass(kind)
        return self.protocol(kind)

    def protocol(self, kind: Any) -> dict[str, Any]:
        """Return the choice among the classes that have what a protocol asks for."""
        name = kind.__name__
        if name not in self.made:
            names = {*vars(kind), *getattr(kind, "__annotations__", {})}
            needed = [n for n in names if n == "__call__" or not n.startswith("_")]
            able = [cls for cls in self.tags if all(hasattr(cls, n) for n in needed)]
            if not able:
                raise TypeError(f"no class of a model file is a {kind}")
            self.made[name] = {}
            self.made[name] = {"anyOf": [self.tagged(cls) for cls in able]}
        return {"$ref": f"#/$defs/{name}"}

    def tagged(self, cls: type) -> dict[str, Any]:
        """Return the schema of a value that says of which class it is."""
        return {**self.dataclass(cls), "required": ["type"]}

    def dataclass(self, cls: type) -> dict[str, Any]:
        """Return a reference to the definition of a class."""
        tag = self.tags.get(cls)
        name = tag or cls.__name__
        if name not in self.made:
            self.made[name] = {}
            hints = get_type_hints(cls)
            fields = [f for f in dataclasses.fields(cls) if f.init]
            needed = [f.name for f in fields if _required(f)]
            properties = {f.name: self.of(hints[f.name]) for f in fields}
            if tag:
                properties = {"type": {"const": tag}, **properties}
            self.made[name] = {
                "description": (cls.__doc__ or "").strip().partition("\n")[0],
                "type": "object",
                "properties": properties,
                "required": needed,
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{name}"}


def _required(field: Any) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def schema() -> dict[str, Any]:
    """Return the JSON Schema of model files."""
    definitions = Definitions()
    model = definitions.tagged(Model)
    for cls in STORED.values():
        definitions.of(cls)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "copulasynth model file",
        "description": "Types and structure. Loading checks ranges, shapes and agreement as well.",
        "type": "object",
        "properties": {
            "format": {"const": model_file.FORMAT},
            "version": {"const": model_file.VERSION},
            "training_rows": {"type": "boolean"},
            "model": model,
        },
        "required": ["format", "version", "model"],
        "$defs": dict(sorted(definitions.made.items())),
    }


def text() -> str:
    """Return the file's text."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(f"{TARGET.name}: {len(schema()['$defs'])} definitions")
