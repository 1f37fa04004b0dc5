"""IK104: the whole release is one layer."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.releasing import copied


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for word in copied(file):
        message = "the whole release is one layer: a changed line pushes Erlang again"
        yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK104",
    name="release-in-one-layer",
    severity=Severity.INFO,
    summary="Copy a release in several layers by how often its parts change",
    dockerfile=_dockerfile,
)
