"""IK101: one stage holds both the toolchain and the release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_BUILDS: Final = {
    "mix": ("compile", "deps.compile", "deps.get", "release", "do", "distillery.release"),
    "rebar3": ("compile", "release", "as", "tar"),
}


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped or len(file.final.lineage) < len(file.stages):
        return
    for stage in file.stages:
        for command in stage.commands:
            wanted = _BUILDS.get(command.program, ())
            if any(operand in wanted for operand in command.operands[:1]):
                message = "the stage that compiles is the image that runs: it ships the toolchain"
                yield Hit(span=command.span, message=message)
                return


RULE = Rule(
    id="IK101",
    name="single-stage",
    severity=Severity.ERROR,
    summary="Compile in one stage and run in another: an image needs no compiler",
    dockerfile=_dockerfile,
)
