"""What in configuration keeps it from being reduced to what dependencies can see of it.

The stage `manifest` writes the configuration of dependencies as terms, when each of them reads
back equal (`scripts/manifest.exs`). Some terms tell beforehand that they will not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from imagekit.project.conditions import in_force
from imagekit.project.elixir.syntax import Source, arguments, call_name, operands, parts, text
from imagekit.project.elixir.text import content
from imagekit.resolved import Resolved, Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

_NO_LITERAL: Final = frozenset({"make_ref", "self"})
_READING: Final = frozenset(
    {
        *("Code.eval_file", "Code.require_file"),
        *("File.read", "File.read!", "File.stream!"),
    }
)


def irreducible(sources: Iterable[Source], own: AbstractSet[str]) -> Iterator[Unknown]:
    """Give values of dependencies' configuration that no text reads back to.

    Args:
        sources: the compile-time configuration that production evaluates.
        own: names of the project's own apps; what is theirs is left out anyway.
    """
    for source in sources:
        for node, _ in in_force(source.root):
            given = arguments(node) if call_name(node) == "config" else []
            if not given or text(given[0]).removeprefix(":") in own:
                continue
            found = next((each for value in given[1:] for each in _functions(value)), None)
            if found is not None:
                app = text(given[0])
                reason = f"a value of {app} is a function, which does not read back"
                yield Unknown(reason=reason, source=source.place(found))


def files_read(sources: Iterable[Source]) -> Iterator[Resolved[str]]:
    """Give the paths, as they are written, of files that configuration reads where it stands."""
    for source in sources:
        for node, conditional in in_force(source.root):
            given = arguments(node) if call_name(node) in _READING else []
            if given and given[0].type == "string" and not conditional:
                path = content(given[0], lambda _: None)
                if path:
                    yield Resolved(value=path, source=source.place(node))


def _functions(node: Node) -> Iterator[Node]:
    """Walk a value for functions without a name, and for what is of one running machine."""
    pending = [node]
    while pending:
        each = pending.pop()
        if each.type == "anonymous_function" or call_name(each) in _NO_LITERAL:
            yield each
        elif each.type == "unary_operator" and text(each.child_by_field_name("operator")) == "&":
            # `&Module.name/1` reads back, `&(&1 + 1)` does not.
            if operands(each.child_by_field_name("operand"), "/") is None:
                yield each
        else:
            pending += reversed(parts(each))
