"""IK301: compile-time code reads an environment variable of the build machine."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import ElixirFile, Hit, Rule, Severity
from imagekit.lint.rules.compiling import read_at_compile_time


def _elixir(file: ElixirFile) -> Iterator[Hit]:
    for read in read_at_compile_time(file):
        if not read.is_secret:
            message = (
                f"{read.name or 'a variable'} is read while the image is built, not when it starts"
            )
            yield Hit(span=file.span(read.call), message=message)


RULE = Rule(
    id="IK301",
    name="environment-at-compile-time",
    severity=Severity.WARNING,
    summary="Read the environment in config/runtime.exs: at compile time it is the builder's",
    elixir=_elixir,
)
