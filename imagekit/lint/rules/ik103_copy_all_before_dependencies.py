"""IK103: the whole context is copied before dependencies are fetched or compiled."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.dependencies import late


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for word, before in late(file, frozenset({".", "*"})):
        message = f"the whole context is copied before {before}: every change repeats it"
        yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK103",
    name="copy-all-before-dependencies",
    severity=Severity.ERROR,
    summary="Fetch and compile dependencies before the code is copied: code changes, they do not",
    dockerfile=_dockerfile,
)
