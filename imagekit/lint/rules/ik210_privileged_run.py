"""IK210: a step without the builder's sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import OnbuildNode, RunNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_ENGINES: Final = ("docker", "podman", "nerdctl")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        for outer in stage.instructions:
            node = outer.inner if isinstance(outer, OnbuildNode) else outer
            flag = node.flag("security") if isinstance(node, RunNode) else None
            if flag is not None and flag.value == "insecure":
                message = "this step runs with all of the host's capabilities"
                yield Hit(span=flag.span, message=message)
        for command in stage.commands:
            if command.program in _ENGINES and command.has_option("--privileged"):
                message = f"{command.program} starts a privileged container in a build"
                yield Hit(span=command.span, message=message)


RULE = Rule(
    id="IK210",
    name="privileged-run",
    severity=Severity.ERROR,
    summary="Build without privileges: what builds an image needs no rights over the host",
    dockerfile=_dockerfile,
)
