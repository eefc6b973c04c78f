"""Whether what is given as a schema is one."""

from copulasynth.errors import ArgumentError
from copulasynth.schema.schema import Schema

__all__ = ["check_schema"]


def check_schema(schema: object) -> None:
    """Refuse what is no schema.

    Raises
    ------
    ArgumentError
    """
    if schema is not None and not isinstance(schema, Schema):
        raise ArgumentError(
            f"schema: expected a Schema, got {type(schema).__name__}; make one by "
            "cs.Schema.infer(df, kinds={...}) or cs.Schema.from_file(path)."
        )
