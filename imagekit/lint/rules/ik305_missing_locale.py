"""IK305: the image that runs has no UTF-8 locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.mix import releases
from imagekit.lint.targets.stage import SCRATCH

_WITHOUT: Final = frozenset(
    {"almalinux", "debian", "fedora", "minideb", "rockylinux", "ubi-minimal", "ubuntu"}
)
"""Systems with glibc whose images set no locale; musl knows none but UTF-8."""
_VARIABLES: Final = ("LC_ALL", "LC_CTYPE", "LANG")
_UTF8: Final = re.compile(r"utf-?8", re.IGNORECASE)
_ERLANG: Final = ("ELIXIR_ERL_OPTIONS", "ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    final = file.final
    if not releases(file):
        return
    reference = final.reference
    name = reference.name.rsplit("/", 1)[-1] if reference is not None else final.root_base
    if name not in _WITHOUT and name != SCRATCH and not (name or "").startswith("debian"):
        return
    if any("+fnu" in (final.variables.get(each) or "") for each in _ERLANG):
        return
    given = [each for each in _VARIABLES if final.environment.get(each)]
    if not given:
        message = "no LANG: Erlang takes file names and arguments for latin1"
        yield Hit(span=final.start.image.span, message=message)
        return
    pair = final.environment[given[0]]
    value = final.resolve(pair.value) if pair.value is not None else ""
    if value is not None and not _UTF8.search(value):
        message = f"{pair.name} is no UTF-8: Erlang takes file names and arguments for latin1"
        yield Hit(span=pair.span, message=message)


RULE = Rule(
    id="IK305",
    name="missing-locale",
    severity=Severity.WARNING,
    summary="Set LANG=C.UTF-8 in the image that runs: Elixir expects UTF-8",
    dockerfile=_dockerfile,
)
