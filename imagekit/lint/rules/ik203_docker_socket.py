"""IK203: the socket of a container engine in a build, an image or a container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import AddNode, CopyNode, OnbuildNode, RunNode, VolumeNode
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    Hit,
    ManifestFile,
    Rule,
    Severity,
)
from imagekit.lint.targets.yaml import YamlScalar, at, items_at

_SOCKET: Final = re.compile(r"(?:^|/)(?:docker|containerd|podman|crio|buildkitd)\.sock$")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for outer in (node for stage in file.stages for node in stage.instructions):
        node = outer.inner if isinstance(outer, OnbuildNode) else outer
        if isinstance(node, RunNode):
            for mount in node.mounts:
                if any(_SOCKET.search(mount.get(name) or "") for name in ("source", "target")):
                    yield Hit(span=mount.span, message="the engine's socket is mounted into RUN")
        elif isinstance(node, VolumeNode):
            for word in node.paths:
                if _SOCKET.search(word.value):
                    yield Hit(span=word.span, message="the image asks for the engine's socket")
        elif isinstance(node, CopyNode | AddNode):
            for word in node.sources:
                if _SOCKET.search(word.value):
                    yield Hit(span=word.span, message="the engine's socket is copied")


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        for volume in items_at(service.node, "volumes"):
            given = volume if isinstance(volume, YamlScalar) else at(volume, "source")
            if isinstance(given, YamlScalar) and any(
                _SOCKET.search(part) for part in given.value.split(":")
            ):
                message = f"service {service.name} gets the engine's socket"
                yield Hit(span=given.span, message=message)


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for workload in file.workloads:
        for volume in items_at(workload.pod, "volumes"):
            path = at(volume, "hostPath", "path")
            if isinstance(path, YamlScalar) and _SOCKET.search(path.value):
                yield Hit(span=path.span, message="the pod gets the engine's socket of its node")


RULE = Rule(
    id="IK203",
    name="docker-socket",
    severity=Severity.ERROR,
    summary="Keep the engine's socket out of builds, images and pods: it is root on the host",
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
)
