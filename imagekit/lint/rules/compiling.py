"""Where Elixir reads the environment while it compiles; the rules on the BEAM share it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagekit.lint.model import ElixirFile
from imagekit.lint.rules.names import names_secret
from imagekit.project.conditions import in_force
from imagekit.project.elixir.syntax import arguments, call_name
from imagekit.project.elixir.terms import string

if TYPE_CHECKING:
    from tree_sitter import Node

_READS: Final = ("System.get_env", "System.fetch_env", "System.fetch_env!")
_URL: Final = re.compile(r"(?:^|_)(?:DATABASE|DB|REDIS|AMQP|RABBITMQ|MONGO|SMTP)_URL$")
"""Names of URLs that come with a password."""
_LATER: Final = frozenset({"def", "defp", "defmacro", "defmacrop", "fn", "anonymous_function"})
"""What is evaluated when it is called."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """One call that reads a variable."""

    call: Node
    name: str | None
    """`None` where it is computed."""

    @property
    def is_secret(self) -> bool:
        """Whether its name is that of a secret, or of a URL that has a password in it."""
        return self.name is not None and (names_secret(self.name) or bool(_URL.search(self.name)))


def read_at_compile_time(file: ElixirFile) -> Iterator[Read]:
    """Give the reads of a file that a production build evaluates.

    In configuration that is every one, in a module those outside of functions, as in
    `@token System.get_env("TOKEN")`; but for branches that only other environments take.
    """
    is_config = file.role == "config"
    if not (is_config or file.role == "other") or not file.reaches_production:
        return
    for call, _ in in_force(file.root):
        if call_name(call) in _READS and (is_config or _in_module_body(call)):
            given = arguments(call)
            name = string(file.term(given[0])) if given else None
            yield Read(call=call, name=name)


def _in_module_body(call: Node) -> bool:
    node, is_inside = call.parent, False
    while node is not None:
        name = call_name(node)
        if name in _LATER or node.type in _LATER:
            return False
        is_inside = is_inside or name == "defmodule"
        node = node.parent
    return is_inside
