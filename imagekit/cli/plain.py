"""Values become plain JSON: the one way every verb's `--json` is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

SCHEMA = 1
"""Version of the JSON documents; fields may be added without a new one."""


def to_plain(value: Any) -> Any:
    """Turn values into what JSON has; a dataclass of a union also says its kind."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    return value


def with_kind(value: Any) -> dict[str, Any]:
    """Turn a dataclass of a union into JSON with its class name in `kind`."""
    plain = to_plain(value)
    assert isinstance(plain, dict)  # noqa: S101
    return {"kind": type(value).__name__, **plain}


def dump(document: Mapping[str, Any]) -> str:
    """Write one JSON document, schema version first."""
    return json.dumps({"schema": SCHEMA, **to_plain(document)}, indent=2, ensure_ascii=False)
