"""IK603: a tool installed in whatever version is newest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.dockerfile.words import Word
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.node import install_of
from imagekit.lint.rules.packages import positional

_PIP_VALUES: Final = frozenset(
    {"-i", "--index-url", "--extra-index-url", "-t", "--target", "--prefix", "--root", "-f"}
    | {"--find-links", "--trusted-host", "--timeout", "--retries", "--cache-dir", "-e", "-r"}
    | {"--root-user-action", "--progress-bar", "--requirement", "--editable", "--python", "--proxy"}
)
_PIP_PINS: Final = ("-c", "--constraint", "-r", "--requirement", "--require-hashes")
_PIP: Final = re.compile(r"pip(?:3(?:\.\d+)?)?")
_PYTHON: Final = re.compile(r"python(?:3(?:\.\d+)?)?")
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?(?:\s*[<>!].*)?")
_NPM_NAME: Final = re.compile(r"(?:@[\w.-]+/)?[\w.-]+(?:@(?:latest|next|lts))?")
_MIX: Final = ("archive.install", "escript.install")


def _unpinned(command: Command) -> Iterator[Word]:
    words = command.effective
    values = [word.value for word in words]
    install = install_of(command)
    if install is not None:
        found = install.packages
        yield from (word for word in found if _NPM_NAME.fullmatch(word.value))
    elif values[:1] == ["mix"] and values[1:2] and values[1] in _MIX:
        given = [word for word in words[2:] if not word.value.startswith("-")]
        if [word.value for word in given[:-1]] in (["hex"], ["github"], ["git"]):
            yield given[-1]
    elif _is_pip(command, values) and not command.has_option(*_PIP_PINS[1:]):
        given = list(positional(command, _PIP_VALUES))
        names = [word.value for word in given]
        if "install" in names and "-c" not in values:
            behind = given[names.index("install") + 1 :]
            yield from (word for word in behind if _is_unpinned(word.value))


def _is_unpinned(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not name.endswith((".whl", ".tar.gz", ".txt"))


def _is_pip(command: Command, values: list[str]) -> bool:
    if _PIP.fullmatch(command.program):
        return True
    return _PYTHON.fullmatch(command.program) is not None and values[1:3] == ["-m", "pip"]


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for command in (command for stage in file.stages for command in stage.commands):
        for word in _unpinned(command):
            message = f"{word.value} comes in whatever version is newest"
            yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK603",
    name="unpinned-tool",
    severity=Severity.WARNING,
    summary="Name the version of a tool that a build installs",
    covers=frozenset({"DL3013", "DL3016"}),
    dockerfile=_dockerfile,
)
