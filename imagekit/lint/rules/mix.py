"""Which Mix tasks a Dockerfile runs, and in which environment; the rules on the BEAM share it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.dockerfile.words import Word
from imagekit.lint.targets.dockerfile import DockerfileFile
from imagekit.lint.targets.stage import StageFacts, Step

RELEASES: Final = frozenset({"release", "distillery.release"})
_JOINS: Final = ("+", ",")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of a call of Mix: `mix do deps.get, compile` has two."""

    name: str
    word: Word
    arguments: tuple[str, ...]


def tasks(command: Command) -> Iterator[Task]:
    """Give the tasks of a command that is Mix, or starts it (`with-network mix deps.get`)."""
    words = command.effective
    at = next((at for at, word in enumerate(words) if _is_mix(word)), None)
    if at is None or command.program in ("which", "echo", "apk", "apt-get", "apt"):
        return
    given = words[at + 1 :]
    parts: list[list[Word]] = [[]]
    is_several = bool(given) and given[0].value == "do"
    for word in given[1:] if is_several else given:
        if is_several and word.value in _JOINS:
            parts.append([])
            continue
        parts[-1].append(word)
        if is_several and word.value.endswith(","):
            parts.append([])
    for part in parts:
        named = [word for word in part if not word.value.startswith("-")]
        if named:
            arguments = tuple(word.value for word in part if word is not named[0])
            yield Task(name=named[0].value.rstrip(","), word=named[0], arguments=arguments)


def _is_mix(word: Word) -> bool:
    return word.value.rsplit("/", 1)[-1] == "mix"


def built(stage: StageFacts) -> Iterator[tuple[Step, Task]]:
    """Give the tasks that a stage's own RUNs start."""
    for step in stage.steps:
        for task in tasks(step.command):
            yield step, task


def releases(file: DockerfileFile) -> bool:
    """Tell whether the file assembles a release that is shipped."""
    return file.is_shipped and any(
        task.name in RELEASES for stage in file.used for _, task in built(stage)
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """A task with what a variable is for it."""

    task: Task
    is_set: bool
    value: str | None
    """`None` where it is set and not known, or not set."""


def with_variable(stage: StageFacts, name: str) -> Iterator[Run]:
    """Give the tasks of a stage with a variable: before the command, exported, ENV or ARG."""
    default = (name in stage.variables, stage.variables.get(name))
    exported: dict[int, tuple[bool, str | None]] = {}
    for step in stage.steps:
        given = _given(step.command, name)
        if step.command.words and step.command.words[0].value == "export":
            if given is not None:
                exported[id(step.script)] = given
            continue
        is_set, value = given or exported.get(id(step.script), default)
        for task in tasks(step.command):
            yield Run(task=task, is_set=is_set, value=value)


def _given(command: Command, name: str) -> tuple[bool, str | None] | None:
    """Give what a command itself says of a variable."""
    for assignment in command.assignments:
        if assignment.name == name:
            return True, None if "$" in assignment.value else assignment.value
    if command.words and command.words[0].value in ("export", "env"):
        for word in command.words[1:]:
            key, equals, value = word.value.partition("=")
            if key == name and equals:
                return True, None if "$" in value else value
    return None
