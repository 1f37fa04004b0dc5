"""IK203: the socket of a container engine in a build or an image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import AddNode, CopyNode, OnbuildNode, RunNode, VolumeNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

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


RULE = Rule(
    id="IK203",
    name="docker-socket",
    severity=Severity.ERROR,
    summary="Keep the engine's socket out of builds and images: it is root on the host",
    dockerfile=_dockerfile,
)
