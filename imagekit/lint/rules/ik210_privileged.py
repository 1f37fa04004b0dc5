"""IK210: a step or a container with the rights of the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import OnbuildNode, RunNode
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    Hit,
    ManifestFile,
    Rule,
    Severity,
)
from imagekit.lint.targets.yaml import YamlScalar, at, true_at

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


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        given = at(service.node, "privileged")
        if isinstance(given, YamlScalar) and true_at(given):
            message = f"service {service.name} has all of the host's capabilities and devices"
            yield Hit(span=given.span, message=message)


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        given = at(container.security, "privileged")
        if isinstance(given, YamlScalar) and true_at(given):
            message = f"container {container.title} has all of its node's capabilities and devices"
            yield Hit(span=given.span, message=message)


RULE = Rule(
    id="IK210",
    name="privileged",
    severity=Severity.ERROR,
    summary="Build and run without privileges: neither needs rights over the host",
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
)
