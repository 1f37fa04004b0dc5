"""IK309: the cookie that Mix wrote into the release is in the image."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.releasing import copied, is_distributed


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    removed = any(
        word.endswith("COOKIE")
        for stage in file.used
        for command in stage.commands
        if command.program in ("rm", "find", "shred", "truncate")
        for word in command.operands
    )
    if removed or not is_distributed(file.final):
        return
    for word in copied(file):
        message = "releases/COOKIE comes along: whoever can pull the image can join its nodes"
        yield Hit(span=word.span, message=message)
        return


RULE = Rule(
    id="IK309",
    name="release-cookie",
    severity=Severity.WARNING,
    summary="Remove releases/COOKIE from the image, and give RELEASE_COOKIE when it starts",
    dockerfile=_dockerfile,
)
