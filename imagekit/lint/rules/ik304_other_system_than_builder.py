"""IK304: what the builder compiles does not run on the image."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.errors import BasesDoNotFit
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.mix import RELEASES, built
from imagekit.lint.targets.stage import SCRATCH
from imagekit.plan.bases import check_bases, suite_of


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
    if not (_is_known(builder) and _is_known(runtime)):
        return None
    try:
        check_bases(builder, runtime, "apt")
    except BasesDoNotFit as err:
        return f"the release is built on {err.builder_has}, and this is {err.runtime_has}"
    return None


def _is_known(reference: str) -> bool:
    """Tell whether the name says which system it is; `elixir:1.18-slim` is Debian, of some age."""
    return suite_of(reference) is not None or _libc_said(reference)


def _libc_said(reference: str) -> bool:
    name = reference.rsplit("@", 1)[0]
    last = name.rsplit("/", 1)[-1].partition(":")[0]
    return "alpine" in name or last in ("debian", "ubuntu", "elixir", "erlang")


RULE = Rule(
    id="IK304",
    name="other-system-than-builder",
    severity=Severity.ERROR,
    summary="Run a release on the system that built it: its Erlang is linked to that C library",
    dockerfile=_dockerfile,
)
