"""IK301: compile-time configuration reads an environment variable of the build machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import ElixirFile, Hit, Rule, Severity
from imagekit.project.elixir.terms import string

_READS: Final = ("System.get_env", "System.fetch_env", "System.fetch_env!")


def _elixir(file: ElixirFile) -> Iterator[Hit]:
    if file.role != "config" or not file.reaches_production:
        return
    for call in file.calls_of(*_READS):
        name = string(file.argument(call, 0)) or "a variable"
        message = f"{name} is read while the image is built, not when it starts"
        yield Hit(span=file.span(call), message=message)


RULE = Rule(
    id="IK301",
    name="environment-at-compile-time",
    severity=Severity.WARNING,
    summary="Read the environment in config/runtime.exs: at compile time it is the builder's",
    elixir=_elixir,
)
