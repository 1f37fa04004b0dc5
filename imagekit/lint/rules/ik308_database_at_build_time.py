"""IK308: a step of the build works on a database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity, Span
from imagekit.lint.rules.mix import built

_TASKS: Final = frozenset(
    {
        *("ecto.create", "ecto.drop", "ecto.dump", "ecto.load", "ecto.migrate", "ecto.migrations"),
        *("ecto.reset", "ecto.rollback", "ecto.setup", "ecto.seed", "event_store.init"),
        *("event_store.create", "event_store.migrate", "ash.migrate", "ash.setup"),
        *("ash_postgres.create", "ash_postgres.migrate"),
    }
)
_CLIENTS: Final = frozenset({"createdb", "dropdb", "mysql", "mysqladmin", "pg_restore", "psql"})
_HARMLESS: Final = ("--version", "-V", "--help")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.used:
        for _, task in built(stage):
            seeds = task.name == "run" and any("seeds" in word for word in task.arguments)
            if task.name in _TASKS or seeds:
                yield Hit(span=task.word.span, message=_message(f"mix {task.name}"))
        for command in stage.commands:
            if (span := _works(command)) is not None:
                yield Hit(span=span, message=_message(command.program))


def _works(command: Command) -> Span | None:
    if command.program in _CLIENTS and not command.has_option(*_HARMLESS):
        return command.span
    words = command.effective
    for verb, code in pairwise(words):
        if verb.value in ("eval", "rpc") and "igrat" in code.value and ".Release" in code.value:
            return command.span
    return None


def _message(what: str) -> str:
    return f"{what} runs while the image is built: there is no database to reach"


RULE = Rule(
    id="IK308",
    name="database-at-build-time",
    severity=Severity.ERROR,
    summary="Migrate when you deploy: a build has no database, and an image no single one",
    dockerfile=_dockerfile,
)
