"""IK302: compile-time code reads a secret of the build machine."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import ElixirFile, Hit, Rule, Severity
from imagekit.lint.rules.compiling import read_at_compile_time


def _elixir(file: ElixirFile) -> Iterator[Hit]:
    for read in read_at_compile_time(file):
        if read.is_secret:
            message = f"{read.name} is read while the image is built: its value stays in a layer"
            yield Hit(span=file.span(read.call), message=message)


RULE = Rule(
    id="IK302",
    name="secret-at-compile-time",
    severity=Severity.ERROR,
    summary="Read secrets when the release starts: what is compiled is in a layer for everybody",
    elixir=_elixir,
)
