"""A `mix.exs`, configuration or release file as rules see it: its syntax tree, with places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from imagekit.dockerfile.text import Span, Text
from imagekit.project.elixir.module import Module, modules
from imagekit.project.elixir.syntax import Source, arguments, call_name
from imagekit.project.elixir.terms import Term

if TYPE_CHECKING:
    from tree_sitter import Node

    from imagekit.project.elixir.evaluate import Evaluator

Role = Literal["mix", "config", "runtime", "release", "other"]
"""`mix.exs`; compile-time configuration; `config/runtime.exs`; what is in `rel/`; the rest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ElixirFile:
    """One file that parsed."""

    text: Text
    source: Source
    path: PurePosixPath
    """From the project's root."""
    role: Role
    environment: str | None = None
    """The only Mix environment that reads it (`dev` for `config/dev.exs`); `None` is every one."""

    @property
    def reaches_production(self) -> bool:
        """Whether a production build reads it."""
        return self.environment in (None, "prod")

    @property
    def root(self) -> Node:
        """The root of the syntax tree; node types are tree-sitter-elixir's."""
        return self.source.root

    def span(self, node: Node) -> Span:
        """Give the place of a node."""
        return Span(self._offset(node.start_byte), self._offset(node.end_byte))

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """Give every node of these types, or every node, in the order of the text."""
        cursor = self.root.walk()
        while True:
            node = cursor.node
            if node is not None and (not kinds or node.type in kinds):
                yield node
            if cursor.goto_first_child():
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return

    @cached_property
    def calls(self) -> tuple[tuple[str, Node], ...]:
        """Every call with its name as written: `config`, `System.get_env`."""
        named = ((call_name(node), node) for node in self.nodes("call"))
        return tuple((name, node) for name, node in named if name is not None)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules that the file defines."""
        return modules(self.source)

    @cached_property
    def evaluator(self) -> Evaluator:
        """Reads expressions outside of a module: literals of a configuration file."""
        from imagekit.project.elixir.evaluate import Evaluator  # noqa: PLC0415 - not for Dockerfiles

        return Evaluator(Module(name="", source=self.source))

    def term(self, node: Node) -> Term:
        """Give what an expression outside of a module is worth; see `imagekit.project.elixir`."""
        return self.evaluator.term(node)

    def argument(self, call: Node, index: int) -> Term | None:
        """Give what an argument of a call is worth; `None` when there is no such one."""
        given = arguments(call)
        return self.term(given[index]) if index < len(given) else None

    def _offset(self, byte: int) -> int:
        return byte if self.text.content.isascii() else bisect_left(self._bytes, byte)

    @cached_property
    def _bytes(self) -> tuple[int, ...]:
        """Where each character begins in UTF-8, and where the text ends."""
        widths = (len(each.encode(errors="surrogatepass")) for each in self.text.content)
        return tuple(accumulate(widths, initial=0))
