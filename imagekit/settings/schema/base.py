"""What every table of the schema is made of: units, names, strictness."""

from __future__ import annotations

import re
import warnings
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_SIZE_UNITS: Final = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m)")
_DURATION_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}


def _bytes(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        message = "a size is a number and a unit, as 30MB or 256MiB"
        raise ValueError(message)
    return int(Decimal(match[1]) * _SIZE_UNITS[match[2]])


def _seconds(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        message = "a duration is a number and a unit, as 500ms, 5s or 2m"
        raise ValueError(message)
    return float(match[1]) * _DURATION_UNITS[match[2]]


Bytes = Annotated[int, Field(gt=0), BeforeValidator(_bytes, json_schema_input_type=str | int)]
Seconds = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False),
    BeforeValidator(_seconds, json_schema_input_type=str | float),
]


def not_a_boolean(value: Any) -> Any:
    """Refuse `true` where pydantic would take it for 1."""
    if isinstance(value, bool):
        message = "it is a number"
        raise ValueError(message)  # noqa: TRY004 - pydantic translates this class
    return value


def _regular_expression(value: Any) -> Any:
    if isinstance(value, str):
        try:
            with warnings.catch_warnings(action="ignore"):  # what a later Python may refuse
                re.compile(value)
        except (re.error, OverflowError, RecursionError) as err:
            message = f"it is no regular expression: {err}"
            raise ValueError(message) from err
    return value


RegularExpression = Annotated[str, Field(min_length=1), BeforeValidator(_regular_expression)]
Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(not_a_boolean)]
PackageName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9.+_:-]*$")]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
HostName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
MixTask = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values do not change."""

    # Built inside the table that is validated, and not once more by itself.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Generate(Section):
    """A random value made for one verification run and never shown."""

    generate: Annotated[int, Field(ge=1, le=4096)]
    """Length in characters."""
