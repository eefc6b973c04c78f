"""What a column is, and how a table becomes numbers and comes back exactly as it was."""

from copulasynth.schema._arrow import arrow_array, arrow_type, raw_of_arrow
from copulasynth.schema._frames import Tabular, column_names
from copulasynth.schema._raw import Buffer
from copulasynth.schema.checking import check_schema
from copulasynth.schema.column import Column, Variable
from copulasynth.schema.records import Rule
from copulasynth.schema.schema import Schema
from copulasynth.schema.stated import (
    codes_of,
    styles_of,
    titles_of,
    with_codes,
    with_styles,
    with_titles,
)
from copulasynth.schema.styled import styled

__all__ = [
    "Buffer",
    "Column",
    "Rule",
    "Schema",
    "Tabular",
    "Variable",
    "arrow_array",
    "arrow_type",
    "check_schema",
    "codes_of",
    "column_names",
    "raw_of_arrow",
    "styled",
    "styles_of",
    "titles_of",
    "with_codes",
    "with_styles",
    "with_titles",
]
