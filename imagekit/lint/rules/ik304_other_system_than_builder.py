"""IK304: what the builder compiles does not run on the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.errors import BasesDoNotFit
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.mix import RELEASES, built
from imagekit.lint.targets.stage import SCRATCH
from imagekit.plan.bases import Libc, check_bases, suite_of

_ON_DEBIAN: Final = frozenset({"debian", "elixir", "erlang", "ubuntu"})
_ON_ALPINE: Final = frozenset({"docker"})
"""Official images whose names do not say on which system they are."""


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    final = file.final
    runtime = final.root_base
    if runtime in (None, SCRATCH) or final.reference is None:
        return
    for stage in file.used:
        base = stage.root_base
        if stage in final.lineage or base is None or stage.reference is None:
            continue
        if not any(task.name in RELEASES for _, task in built(stage)):
            continue
        if (problem := _problem(base, runtime)) is not None:
            yield Hit(span=final.lineage[0].start.image.span, message=problem)
            return


def _problem(builder: str, runtime: str) -> str | None:
    systems = _libc(builder), _libc(runtime)
    if None in systems:
        return None
    if systems[0] != systems[1]:
        return f"the release is built on {systems[0]}, and this is {systems[1]}"
    try:
        check_bases(builder, runtime, "apt")
    except BasesDoNotFit as err:
        return f"the release is built on {err.builder_has}, and this is {err.runtime_has}"
    return None


def _libc(reference: str) -> Libc | None:
    """Tell the C library from a name; `elixir:1.18-slim` is Debian, of some age."""
    suite = suite_of(reference)
    if suite is not None:
        return suite.libc
    name = reference.rsplit("@", 1)[0]
    last = name.rsplit("/", 1)[-1].partition(":")[0]
    if "alpine" in name or last in _ON_ALPINE:
        return "musl"
    return "glibc" if last in _ON_DEBIAN else None


RULE = Rule(
    id="IK304",
    name="other-system-than-builder",
    severity=Severity.ERROR,
    summary="Run a release on the system that built it: its Erlang is linked to that C library",
    dockerfile=_dockerfile,
)
