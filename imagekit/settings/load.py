"""Flags, environment and `imagekit.toml` become one `Settings`, each value with its source."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import tomli
from pydantic import BaseModel, ValidationError

from imagekit import wording
from imagekit.errors import InvalidValue, UnknownKey, UnreadableConfiguration, closest
from imagekit.resolved import Resolved
from imagekit.settings.schema.configuration import Configuration
from imagekit.settings.written import line_of

FILE_NAME: Final = "imagekit.toml"
PREFIX: Final = "IMAGEKIT_"
_FLAGS: Final = {
    "cache.reference": "cache",
    "verify.answer.headers": "header",
    "verify.structure_tests": "structure-test",
}
"""Flags that are not called as the last part of their key."""
_SECRET: Final = (("verify", "env"), ("verify", "service"))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The configuration in force; `sources` names for each set key the place that won."""

    values: Configuration
    sources: Mapping[str, str] = field(default_factory=dict)

    def resolved(self, key: str) -> Resolved[Any] | None:
        """Give the value of a dotted key with its source, or `None` when nothing set it."""
        if key not in self.sources:
            return None
        value: Any = self.values
        for part in key.split("."):
            value = getattr(value, part)
        return Resolved(value=value, source=self.sources[key])

    def source(self, key: str) -> str:
        """Name the place that a value came from, which may have set the whole table around it."""
        while key and key not in self.sources:
            key = key.rpartition(".")[0]
        return self.sources[key]


def load(text: str | None, environment: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Merge the three places a setting can stand: flag, then environment, then file.

    Args:
        text: the content of `imagekit.toml`, `None` when there is no such file.
        environment: the process environment; only `IMAGEKIT_*` is read.
        flags: dotted key to value; `None` means the flag was not given.

    Raises:
        UnknownKey: a key or an `IMAGEKIT_*` name that the schema does not have.
        InvalidValue: a value the schema refuses.
        UnreadableConfiguration: the text is not TOML.
    """
    tree = _parse(text)
    sources = dict.fromkeys(_leaves(tree, ""), FILE_NAME)
    for key, name, value in _from_environment(environment):
        _put(tree, key, value)
        sources[key] = name
    for key, value in flags.items():
        if value is not None:
            _put(tree, key, value)
            name = _FLAGS.get(key, key.rsplit(".", 1)[-1])
            sources[key] = f"flag --{name.replace('_', '-')}"
    try:
        values = Configuration.model_validate(tree)
    except ValidationError as err:
        raise _translate(err, tree, sources, text or "") from err
    return Settings(values=values, sources=dict(sorted(sources.items())))


def _parse(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as err:  # too long a number, too deep a nesting
        raise UnreadableConfiguration(file=FILE_NAME, problem=str(err)) from err


def keys(model: type[BaseModel] = Configuration, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give every dotted key of the schema that is not a table, with its annotation."""
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", kind


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    """Read `IMAGEKIT_*`. A near miss of a known name is an error; a far one is somebody else's.

    An empty one is not set, for templates of CI servers export every name they know; of a list,
    it is the list without members.
    """
    names = {
        f"{PREFIX}{key.upper().replace('.', '_')}": (key, kind)
        for key, kind in keys()
        if typing.get_origin(kind) is not dict and not _is_array_of_tables(kind)
    }
    for name in sorted(environment):
        if name in names:
            key, kind = names[name]
            value = environment[name]
            if not value and not _is_tuple(kind):
                continue
            yield key, name, _from_text(value, kind)
        elif name.startswith(PREFIX):
            bare = tuple(known.removeprefix(PREFIX) for known in names)
            if closest(name.removeprefix(PREFIX), bare):
                raise UnknownKey(file="environment", key=name, allowed=tuple(names))


def _from_text(value: str, kind: Any) -> Any:
    """Give what the file would have: a list for a list, `false` where that is a value."""
    if _is_tuple(kind):
        return tuple(value.split())
    if value == "false" and any(_is_false(part) for part in typing.get_args(kind)):
        return False
    return value


def _is_false(kind: Any) -> bool:
    return typing.get_origin(kind) is typing.Literal and False in typing.get_args(kind)


def _is_tuple(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return any(_is_tuple(part) for part in typing.get_args(kind))
    return origin is tuple


def _is_array_of_tables(kind: Any) -> bool:
    return typing.get_origin(kind) is tuple and any(map(_is_model, typing.get_args(kind)))


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[str]:
    known = {key for key, _ in keys()}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key not in known:
            yield from _leaves(value, f"{key}.")
        else:
            yield key


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    for table in tables:
        below = tree.setdefault(table, {})
        if not isinstance(below, dict):
            return  # no table stands there: the schema refuses it
        tree = below
    tree[last] = value


def _translate(
    err: ValidationError, tree: Mapping[str, Any], sources: Mapping[str, str], text: str
) -> UnknownKey | InvalidValue:
    first = min(err.errors(), key=lambda each: each["type"] != "extra_forbidden")
    path = _written(first["loc"], tree)
    key = ".".join((*path, str(first["loc"][-1])) if wording.missing(first) else path)
    source = next(
        (sources[each] for each in sources if f"{key}.".startswith(f"{each}.")), FILE_NAME
    )
    line = line_of(text, path) if source == FILE_NAME else None
    if first["type"] == "extra_forbidden":
        return UnknownKey(file=source, key=key, allowed=_allowed(path[:-1]), line=line)
    private = path[:1] == ("network",) or path == ("verify",) or path[:2] in _SECRET
    return InvalidValue(
        file=source,
        key=key,
        problem=wording.problem(first),
        value="" if private or wording.missing(first) else f"value: {first['input']!r}",
        line=line,
    )


def _written(loc: tuple[int | str, ...], tree: Any) -> tuple[str, ...]:
    """Give the keys of a place as the file has them: pydantic also names members of unions."""
    keys_ = []
    for part in loc:
        if isinstance(tree, dict) and part in tree:
            tree = tree[part]
            keys_.append(str(part))
        elif isinstance(tree, list) and isinstance(part, int):
            tree = tree[part]  # one of an array of tables, which has no name
    return tuple(keys_)


def _allowed(path: tuple[str, ...]) -> tuple[str, ...]:
    model: Any = Configuration
    for part in path:
        info = model.model_fields.get(part)
        kind = info.annotation if info else None
        if typing.get_origin(kind) is dict:
            kind = typing.get_args(kind)[1]
            model = next((k for k in (kind, *typing.get_args(kind)) if _is_model(k)), model)
        elif _is_array_of_tables(kind):
            model = typing.get_args(kind)[0]
        elif _is_model(kind):
            model = kind
    return tuple(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
