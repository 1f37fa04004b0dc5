"""IK604: a Git repository as it is on the day of the build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_REVISION: Final = ("-b", "--branch", "--revision")
_MOVING: Final = frozenset({"main", "master", "develop", "dev", "trunk", "HEAD"})
_CHOOSES: Final = frozenset({"checkout", "reset", "switch", "fetch", "submodule"})


def _revision(command: Command) -> str | None:
    arguments = command.arguments
    for at, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in _REVISION:
            return value if equals else next(iter(arguments[at + 1 :]), None)
    return None


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        is_chosen = False
        for command in reversed(tuple(stage.commands)):
            if command.program != "git":
                continue
            verbs = command.operands[:2]
            is_chosen = is_chosen or bool(_CHOOSES & set(verbs))
            if is_chosen or "clone" not in verbs:
                continue
            revision = _revision(command)
            if revision is None:
                yield Hit(span=command.span, message="git clone takes what is newest that day")
            elif revision in _MOVING:
                message = f"{revision} moves: git clone takes what is newest that day"
                yield Hit(span=command.span, message=message)


RULE = Rule(
    id="IK604",
    name="unpinned-clone",
    severity=Severity.WARNING,
    summary="Clone a tag or a commit: a branch is another one tomorrow",
    dockerfile=_dockerfile,
)
