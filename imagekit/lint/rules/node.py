"""What a call of npm, yarn, pnpm or bun does; the rules on Node share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.dockerfile.words import Word
from imagekit.lint.rules.packages import positional
from imagekit.lint.targets.stage import StageFacts

_TOOLS: Final = ("npm", "yarn", "pnpm", "bun")
_INSTALLS: Final = ("install", "i", "ci", "clean-install")
_WITH_VALUE: Final = frozenset(
    {
        "--prefix",
        "-C",
        "--loglevel",
        "--registry",
        "--cache",
        "--omit",
        "--include",
        "--only",
        "-w",
        "--workspace",
        "--cwd",
        "--dir",
        "--filter",
        "-F",
        "--network-timeout",
        "--network-concurrency",
        "--mutex",
        "--cache-folder",
        "--modules-folder",
        "--fetch-timeout",
        "--store-dir",
    }
)
_NOT_ONE: Final = ("--version", "-v", "--help", "-h")


@dataclass(frozen=True, kw_only=True)
class Install:
    """An installation of what `package.json` says, or of packages by name."""

    command: Command
    tool: str
    is_clean: bool
    """`npm ci`."""
    is_global: bool
    packages: tuple[Word, ...]


def install_of(command: Command) -> Install | None:
    """Read a command; `None` for one that installs nothing."""
    tool = command.program
    if tool not in _TOOLS or command.has_option(*_NOT_ONE):
        return None
    words = positional(command, _WITH_VALUE)
    is_global = command.has_option("-g", "--global") or "--location=global" in command.options
    if tool == "yarn" and [word.value for word in words[:2]] == ["global", "add"]:
        words, is_global = words[1:], True
    if not words:
        if tool != "yarn":
            return None
        packages: tuple[Word, ...] = ()
    elif words[0].value in (*_INSTALLS, "add"):
        packages = tuple(word for word in words[1:] if word.value not in (".", "./"))
    else:
        return None
    is_clean = bool(words) and words[0].value in ("ci", "clean-install")
    return Install(
        command=command, tool=tool, is_clean=is_clean, is_global=is_global, packages=packages
    )


def environment_of(command: Command, stage: StageFacts, name: str) -> str | None:
    """Give the value of a variable for a command, as its assignments and ENV say."""
    for assignment in command.assignments:
        if assignment.name == name:
            return assignment.value
    pair = stage.environment.get(name)
    return pair.value.value if pair is not None and pair.value is not None else None
