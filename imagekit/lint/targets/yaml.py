"""YAML as a tree whose every part knows its place.

The events of libyaml's parser are put together here and not by PyYAML's composer, for that one
calls itself: a file of a thousand brackets would end it. Aliases become the very node they name,
and merges (`<<: *base`) the pairs that they stand for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final, TypeAlias

from imagekit.dockerfile.text import Span, Text
from imagekit.errors import UnreadableManifest

_DEEPEST: Final = 200
"""Nesting beyond which nobody writes a manifest."""
_MOST_ALIASED: Final = 100_000
"""Parts that aliases may stand for in all: a few lines of aliases can mean a billion."""
_SHOWN: Final = 80
_NOWHERE: Final = Span(0, 0)
_MERGE: Final = "<<"
"""The key whose tables are put in: yaml.org/type/merge.html, which compose and kubectl follow."""
_TRUE: Final = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE: Final = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})


@dataclass(slots=True, eq=False)
class YamlScalar:
    """A plain value as written; `quoted` ones are text whatever they look like."""

    value: str
    quoted: bool
    span: Span

    @property
    def boolean(self) -> bool | None:
        """What YAML 1.1 takes for true or false; `None` for everything else."""
        if self.quoted:
            return None
        return True if self.value in _TRUE else False if self.value in _FALSE else None

    @property
    def number(self) -> int | None:
        """A decimal whole number; `None` for everything else."""
        digits = self.value.removeprefix("-").removeprefix("+")
        if self.quoted or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:  # noqa: PLR2004
            return None
        return int(self.value)

    @property
    def is_null(self) -> bool:
        """Whether it is nothing."""
        return not self.quoted and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(slots=True, eq=False)
class YamlSequence:
    """A list."""

    items: list[YamlNode] = field(default_factory=list)
    span: Span = _NOWHERE


@dataclass(slots=True, eq=False)
class YamlMapping:
    """A table; keys that are no scalars are left out, of a key given twice the last one counts."""

    pairs: list[tuple[YamlScalar, YamlNode]] = field(default_factory=list)
    span: Span = _NOWHERE

    def key(self, name: str) -> YamlScalar | None:
        """Give the node of a key itself, for its place."""
        return next((key for key, _ in reversed(self.pairs) if key.value == name), None)

    def get(self, name: str) -> YamlNode | None:
        """Give the value of a key."""
        return next((value for key, value in reversed(self.pairs) if key.value == name), None)


YamlNode: TypeAlias = YamlScalar | YamlSequence | YamlMapping


def at(node: YamlNode | None, *path: str | int) -> YamlNode | None:
    """Follow keys and positions: `at(pod, "containers", 0, "image")`; `None` where it ends."""
    for part in path:
        if isinstance(node, YamlMapping) and isinstance(part, str):
            node = node.get(part)
        elif isinstance(node, YamlSequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        else:
            return None
    return node


def text_at(node: YamlNode | None, *path: str | int) -> str | None:
    """Give the text of a scalar; `None` when there is none at the path, or nothing in it."""
    found = at(node, *path)
    return found.value if isinstance(found, YamlScalar) and not found.is_null else None


def true_at(node: YamlNode | None, *path: str | int) -> bool | None:
    """Give a boolean; `None` when there is none at the path."""
    found = at(node, *path)
    return found.boolean if isinstance(found, YamlScalar) else None


def items_at(node: YamlNode | None, *path: str | int) -> tuple[YamlNode, ...]:
    """Give the items of a list; none when there is no list at the path."""
    found = at(node, *path)
    return tuple(found.items) if isinstance(found, YamlSequence) else ()


def pairs_at(node: YamlNode | None, *path: str | int) -> tuple[tuple[YamlScalar, YamlNode], ...]:
    """Give keys and values of a table; none when there is no table at the path."""
    found = at(node, *path)
    return tuple(found.pairs) if isinstance(found, YamlMapping) else ()


def parse_yaml(text: Text) -> tuple[YamlNode, ...]:
    """Give the documents of a file, empty ones left out.

    Raises:
        UnreadableManifest: it is not YAML; it names the line.
    """
    import yaml  # noqa: PLC0415 - a Dockerfile is linted without it

    try:
        return tuple(_Composer(text, yaml).documents())
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        line = mark.line + 1 if mark else 1
        raise _error(text, line, err.problem or "it does not parse") from err
    except yaml.YAMLError as err:
        position = getattr(err, "position", 0)
        raise _error(text, text.line_of(position), "a character that YAML does not allow") from err


class _Composer:
    def __init__(self, text: Text, yaml: ModuleType) -> None:
        self._text = text
        self._yaml: Any = yaml  # its types let every mark be None
        self._anchors: dict[str, YamlNode] = {}
        self._open: list[YamlSequence | YamlMapping] = []
        self._keys: list[YamlNode | None] = []
        self._sizes: list[int] = [0]
        """Parts of each open list or table so far, what aliases stand for included."""
        self._size_of: dict[int, int] = {}
        self._aliased = 0

    def documents(self) -> Iterator[YamlNode]:
        # Lone surrogates, which stand for bytes that are no UTF-8, are no characters of YAML.
        content = self._text.content.encode("utf-8", errors="replace").decode()
        yaml = self._yaml
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for event in yaml.parse(content, Loader=loader):
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
            elif isinstance(event, yaml.CollectionEndEvent):
                done = self._close(event)
                if not self._open:
                    yield done
            elif isinstance(event, yaml.NodeEvent):
                node = self._node(event)
                if not self._open and isinstance(node, YamlScalar) and not node.is_null:
                    yield node
                self._add(node, opens=isinstance(event, yaml.CollectionStartEvent))

    def _node(self, event: Any) -> YamlNode:
        yaml = self._yaml
        line = event.start_mark.line + 1
        anchor: str = event.anchor or ""
        if isinstance(event, yaml.AliasEvent):
            if anchor not in self._anchors:
                raise _error(self._text, line, f"no anchor `{anchor[:_SHOWN]}` before it")
            return self._alias(self._anchors[anchor], line)
        span = Span(event.start_mark.index, event.end_mark.index)
        node: YamlNode
        if isinstance(event, yaml.ScalarEvent):
            node = YamlScalar(event.value, bool(event.style), span)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = YamlSequence(span=span)
        else:
            node = YamlMapping(span=span)
        if len(self._open) >= _DEEPEST:
            raise _error(self._text, line, "nested too deeply")
        if anchor:
            self._anchors[anchor] = node
        return node

    def _alias(self, node: YamlNode, line: int) -> YamlNode:
        size = self._size_of.get(id(node), 1)
        self._aliased += size
        self._sizes[-1] += size - 1
        if self._aliased > _MOST_ALIASED or node in self._open:
            raise _error(self._text, line, "its aliases stand for too much")
        return node

    def _add(self, node: YamlNode, *, opens: bool) -> None:
        self._sizes[-1] += 1
        if self._open:
            parent = self._open[-1]
            key = self._keys[-1]
            if isinstance(parent, YamlSequence):
                parent.items.append(node)
            elif key is None:
                self._keys[-1] = node
            else:
                if isinstance(key, YamlScalar):
                    parent.pairs.append((key, node))
                self._keys[-1] = None
        if opens and not isinstance(node, YamlScalar):
            self._open.append(node)
            self._keys.append(None)
            self._sizes.append(0)

    def _close(self, event: Any) -> YamlNode:
        """End a list or table. In block style its end is where the next thing begins: go back."""
        done = self._open.pop()
        self._keys.pop()
        size = self._sizes.pop()
        self._sizes[-1] += size
        self._size_of[id(done)] = size + 1
        if isinstance(done, YamlMapping):
            _merge(done)
        written = self._text.content[done.span.start : event.end_mark.index].rstrip()
        done.span = Span(done.span.start, done.span.start + len(written))
        return done


def _merge(table: YamlMapping) -> None:
    """Put the pairs of merged tables in front: its own keys win, then those of earlier tables."""
    merges = [value for key, value in table.pairs if _is_merge(key)]
    if not merges:
        return
    own = [pair for pair in table.pairs if not _is_merge(pair[0])]
    named = {key.value for key, _ in own}
    merged: dict[str, tuple[YamlScalar, YamlNode]] = {}
    for value in reversed(merges):
        for each in value.items if isinstance(value, YamlSequence) else [value]:
            for pair in reversed(each.pairs) if isinstance(each, YamlMapping) else ():
                if pair[0].value not in named:
                    merged.setdefault(pair[0].value, pair)
    table.pairs = [*merged.values(), *own]


def _is_merge(key: YamlScalar) -> bool:
    return key.value == _MERGE and not key.quoted


def _error(text: Text, line: int, problem: str) -> UnreadableManifest:
    excerpt = text.line(line)[:_SHOWN]
    return UnreadableManifest(
        file=text.file,
        line=line,
        problem="".join(each if each.isprintable() else "\ufffd" for each in problem),
        excerpt="".join(each if each.isprintable() else " " for each in excerpt).rstrip(),
    )
