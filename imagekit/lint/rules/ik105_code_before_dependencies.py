"""IK105: the project's own code is copied before dependencies are fetched or compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.dependencies import late

_CODE: Final = frozenset({"lib", "apps", "web", "assets", "priv", "src", "test"})


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for word, before in late(file, _CODE):
        message = f"{word.value} is copied before {before}: every change of it repeats that"
        yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK105",
    name="code-before-dependencies",
    severity=Severity.ERROR,
    summary="Copy only manifests, lock files and configuration before dependencies are ready",
    dockerfile=_dockerfile,
)
