"""From the text of a container-structure-test file to its tests. Pure."""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from imagekit import wording
from imagekit.errors import InvalidValue, UnknownKey, UnreadableConfiguration
from imagekit.verify.structure.model import StructureFile, StructureTests

_MERGE_AND_NULL: Final = ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:null")


def read_structure(name: str, text: str) -> StructureFile:
    """Read a file: JSON where its name ends with that, else YAML.

    Raises:
        UnreadableConfiguration: it is neither.
        UnknownKey: a key that schema 2.0.0 does not have.
        InvalidValue: a value of the wrong kind, or one that cannot be held to here.
    """
    try:
        tree = json.loads(text) if name.endswith(".json") else _yaml(text)
    except (ValueError, RecursionError) as err:
        raise UnreadableConfiguration(file=name, problem=str(err)) from err
    if not isinstance(tree, Mapping):
        raise UnreadableConfiguration(file=name, problem="it is no table of tests")
    try:
        return StructureFile(name=name, tests=StructureTests.model_validate(tree))
    except ValidationError as err:
        raise _translate(name, err) from err


def _yaml(text: str) -> Any:
    """Read YAML as Go's reader does into texts: `8080` and `true` stay what was written."""
    import yaml  # noqa: PLC0415 - who has no such file does not wait for it

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice is not None:
                line = node.start_mark.line + 1
                raise ValueError(f"the table in line {line} has `{twice}` twice")
            found = super().construct_mapping(node, deep=deep)
            # Nothing after a colon leaves the value as it is, in Go.
            return {key: value for key, value in found.items() if value is not None}

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag in _MERGE_AND_NULL]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as err:
        raise ValueError(str(err)) from err


def _translate(name: str, err: ValidationError) -> UnknownKey | InvalidValue:
    first = min(err.errors(), key=lambda each: each["type"] != "extra_forbidden")
    path = first["loc"]
    key = ".".join(map(str, path))
    if first["type"] == "extra_forbidden":
        return UnknownKey(file=name, key=key, allowed=_allowed(path[:-1]))
    shown = "" if isinstance(first["input"], Mapping) else f"value: {first['input']!r}"
    return InvalidValue(file=name, key=key, problem=wording.problem(first), value=shown)


def _allowed(path: tuple[int | str, ...]) -> tuple[str, ...]:
    """Give the keys of the table at a place."""
    model: type[BaseModel] = StructureTests
    for part in path:
        for field in model.model_fields.values():
            if field.alias == part:
                model = next(_models(field.annotation), model)
    return tuple(str(field.alias) for field in model.model_fields.values())


def _models(kind: Any) -> typing.Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in typing.get_args(kind):
        yield from _models(part)
