"""IK306: a container starts Mix instead of a release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from imagekit.dockerfile.parts import Form
from imagekit.lint.model import ComposeFile, DockerfileFile, Hit, ManifestFile, Rule, Severity
from imagekit.lint.rules.mix import tasks
from imagekit.lint.rules.starting import commands_of, started_by
from imagekit.lint.targets.yaml import YamlNode, YamlScalar, YamlSequence, at

_SERVES: Final = frozenset({"phx.server", "phoenix.server", "run"})
_MESSAGE: Final = "{} compiles on the way up, and needs Mix, Hex and the sources: start a release"


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    entry, given = (node.form if node else None for node in (file.final.entrypoint, file.final.cmd))
    alone = [*_served(entry), *_served(given)]
    yield from alone or _served(started_by(entry, given))


def _served(form: Form | None) -> Iterator[Hit]:
    for command in commands_of(form):
        for task in tasks(command):
            if task.name in _SERVES:
                yield Hit(span=command.span, message=_MESSAGE.format(f"mix {task.name}"))


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        value, _ = service.environment.get("MIX_ENV", (None, None))
        if value == "prod":
            yield from _started(at(service.node, "entrypoint"), at(service.node, "command"))


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        yield from _started(container.node.get("command"), container.node.get("args"))


def _started(entry: YamlNode | None, given: YamlNode | None) -> Iterator[Hit]:
    """Look at an entry point, at what is passed to it, and at both as one command line."""
    for node, words in ((entry, _words(entry)), (given, _words(given))):
        if node is not None and (task := _task(words)) is not None:
            yield Hit(span=node.span, message=_MESSAGE.format(f"mix {task}"))
            return
    if given is not None and (task := _task([*_words(entry), *_words(given)])) is not None:
        yield Hit(span=given.span, message=_MESSAGE.format(f"mix {task}"))


def _words(node: YamlNode | None) -> list[str]:
    items = node.items if isinstance(node, YamlSequence) else [node]
    words = " ".join(each.value for each in items if isinstance(each, YamlScalar))
    return [word for word in re.split(r"[\s\"']+", words) if word]


def _task(words: list[str]) -> str | None:
    """Give the task that Mix starts a server with, among words."""
    for name, following in pairwise(words):
        if name.rsplit("/", 1)[-1] == "mix" and following in _SERVES:
            return following
    return None


RULE = Rule(
    id="IK306",
    name="mix-in-production",
    severity=Severity.ERROR,
    summary="Start a release in production, not mix phx.server",
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
)
