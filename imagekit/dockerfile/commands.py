"""The commands of a shell's text, and what rules ask of them. `shell.py` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from imagekit.dockerfile.text import Span
from imagekit.dockerfile.words import Word

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh", "busybox"})
"""Names of programs that read a script."""

Operator = Literal["", "&&", "||", ";", "&", "|"]

ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=")
"""How a word begins that sets a variable."""
_WRAPPERS: Final = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-T", "-U", "-r", "-t"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "exec": frozenset({"-a"}),
    "command": frozenset(),
    "nice": frozenset({"-n"}),
    "nohup": frozenset(),
    "time": frozenset(),
    "su-exec": frozenset(),
    "gosu": frozenset(),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
}
"""Programs that start the program named after their own options, and which options take a word."""
_ONE_WORD_FIRST: Final = frozenset({"su-exec", "gosu", "timeout"})


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=value` before a command, or alone."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection; `operator` without the descriptor's number."""

    operator: str
    target: Word


@dataclass(frozen=True, eq=False)
class Command:
    """One simple command."""

    words: tuple[Word, ...]
    """Without assignments and redirections."""
    assignments: tuple[Assignment, ...]
    redirects: tuple[Redirect, ...]
    span: Span
    operator: Operator
    """What stands before it: `|` means that it reads the output of the one before."""
    depth: int = 0
    """0 outside of `(...)`, `$(...)` and backquotes."""

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Its words without quotes."""
        return tuple(word.value for word in self.words)

    @cached_property
    def effective(self) -> tuple[Word, ...]:
        """Its words from the program on that `sudo`, `env`, `exec` and their like start."""
        words = self.words
        while words and (options := _WRAPPERS.get(_program(words[0].value))) is not None:
            at = _behind_options(words, options)
            at += _program(words[0].value) in _ONE_WORD_FIRST
            if at >= len(words):
                return words
            words = words[at:]
        return words

    @cached_property
    def program(self) -> str:
        """The program's name without its folder, seen through `sudo`, `env` and the like."""
        words = self.effective
        return _program(words[0].value) if words else ""

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The words behind the program, without quotes."""
        return tuple(word.value for word in self.effective[1:])

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The arguments that begin with a dash, up to `--`."""
        given = self.arguments
        given = given[: given.index("--")] if "--" in given else given
        return tuple(word for word in given if word.startswith("-") and word != "-")

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The arguments that do not begin with a dash: subcommand, files, packages.

        An option's own value counts too (`-o FILE`), for which one takes a word is not known.
        """
        return tuple(word for word in self.arguments if not word.startswith("-"))

    def runs(self, program: str, *operands: str) -> bool:
        """Tell whether it is this program with these first operands: `runs("apt-get", "update")`.

        Options between are skipped; see `operands`.
        """
        return self.program == program and self.operands[: len(operands)] == operands

    def has_option(self, *names: str) -> bool:
        """Tell whether one of the options is given: `-y` also within `-qy`, `--x` as `--x=1`."""
        short = {name[1] for name in names if len(name) == 2 and name[1] != "-"}  # noqa: PLR2004
        for option in self.options:
            if option.partition("=")[0] in names:
                return True
            if short and not option.startswith("--") and short & set(option[1:]):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Script:
    """What a shell reads: its commands in order, a nested one before the one it is part of."""

    text: str
    commands: tuple[Command, ...]

    @property
    def pipelines(self) -> Iterator[tuple[Command, ...]]:
        """Give the commands by pipeline; a lone command is one too."""
        pipeline: list[Command] = []
        nested: list[Command] = []
        for command in self.commands:
            if command.depth:
                nested.append(command)
                continue
            if command.operator != "|" and pipeline:
                yield tuple(pipeline)
                pipeline = []
            pipeline.append(command)
        if pipeline:
            yield tuple(pipeline)
        if nested:
            yield from _nested_pipelines(nested)


def _nested_pipelines(commands: list[Command]) -> Iterator[tuple[Command, ...]]:
    open_ones: dict[int, list[Command]] = {}
    for command in commands:
        held = open_ones.get(command.depth)
        if held and command.operator == "|":
            held.append(command)
            continue
        if held:
            yield tuple(held)
        open_ones[command.depth] = [command]
    for held in open_ones.values():
        yield tuple(held)


def _program(word: str) -> str:
    return word.rsplit("/", 1)[-1]


def _behind_options(words: tuple[Word, ...], with_value: frozenset[str]) -> int:
    at = 1
    while at < len(words):
        word = words[at].value
        if word == "--":
            return at + 1
        if word.startswith("-") and word != "-":
            at += 2 if word in with_value else 1
        elif ASSIGNMENT.match(word):
            at += 1
        else:
            break
    return at
