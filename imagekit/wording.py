"""What a schema has against a value of a file, in the words of tables and lists. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_KINDS: Final = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a table",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "model_type": "a table",
    "string_type": "a string",
    "tuple_type": "a list",
}
"""Pydantic's types of error that name a type of Python (docs.pydantic.dev, validation errors)."""


def missing(error: ErrorDetails) -> bool:
    """Tell whether a required key is not there, which the error names behind its table."""
    return error["type"] == "missing"


def problem(error: ErrorDetails) -> str:
    """Say what is wrong, without a full stop."""
    if missing(error):
        return "it is required, and not given"
    kind = _KINDS.get(error["type"])
    if kind is not None:
        return f"it must be {kind}"
    return error["msg"].removeprefix("Value error, ").replace("Input should", "it must", 1)
