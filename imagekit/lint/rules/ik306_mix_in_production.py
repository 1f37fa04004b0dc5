"""IK306: a container starts Mix instead of a release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from imagekit.lint.model import ComposeFile, DockerfileFile, Hit, ManifestFile, Rule, Severity
from imagekit.lint.rules.mix import tasks
from imagekit.lint.rules.starting import commands_of
from imagekit.lint.targets.yaml import YamlNode, YamlScalar, YamlSequence, at

_SERVES: Final = frozenset({"phx.server", "phoenix.server", "run"})
_MESSAGE: Final = "{} compiles on the way up, and needs Mix, Hex and the sources: start a release"


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    for node in (file.final.entrypoint, file.final.cmd):
        for command in commands_of(node.form if node is not None else None):
            for task in tasks(command):
                if task.name in _SERVES:
                    message = _MESSAGE.format(f"mix {task.name}")
                    yield Hit(span=command.span, message=message)


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        value, _ = service.environment.get("MIX_ENV", (None, None))
        if value == "prod":
            yield from _started(at(service.node, "command"))
            yield from _started(at(service.node, "entrypoint"))


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        yield from _started(container.node.get("command"))
        yield from _started(container.node.get("args"))


def _started(node: YamlNode | None) -> Iterator[Hit]:
    items = node.items if isinstance(node, YamlSequence) else [node]
    words = [each.value for each in items if isinstance(each, YamlScalar)]
    said = re.split(r"[\s\"']+", " ".join(words))
    for name, following in pairwise(said):
        if name.rsplit("/", 1)[-1] == "mix" and following in _SERVES and node is not None:
            yield Hit(span=node.span, message=_MESSAGE.format(f"mix {following}"))
            return


RULE = Rule(
    id="IK306",
    name="mix-in-production",
    severity=Severity.ERROR,
    summary="Start a release in production, not mix phx.server",
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
)
