"""Which packages a command installs or removes; the rules of groups 1, 2 and 6 share it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import Command, Script
from imagekit.dockerfile.words import Word

_INSTALL: Final = {
    "apt-get": ("install",),
    "apt": ("install",),
    "aptitude": ("install",),
    "apk": ("add",),
    "dnf": ("install",),
    "microdnf": ("install",),
    "yum": ("install",),
}
_REMOVE: Final = {
    "apt-get": ("remove", "purge", "autoremove"),
    "apt": ("remove", "purge", "autoremove"),
    "apk": ("del",),
    "dnf": ("remove", "erase"),
    "microdnf": ("remove",),
    "yum": ("remove", "erase"),
}
_VIRTUAL: Final = ("-t", "--virtual")
_WITH_VALUE: Final = frozenset(
    {"-t", "--virtual", "-o", "--option", "-c", "-X", "--repository", "--target-release", "-p"}
)


def positional(command: Command, with_value: frozenset[str]) -> tuple[Word, ...]:
    """Give the words behind the program that are neither options nor an option's value."""
    found: list[Word] = []
    words = iter(command.effective[1:])
    for word in words:
        if word.value in with_value:
            next(words, None)
        elif not word.value.startswith("-"):
            found.append(word)
    return tuple(found)


def installed(command: Command) -> tuple[Word, ...]:
    """Give the packages it installs, as written."""
    words = positional(command, _WITH_VALUE)
    known = _INSTALL.get(command.program, ())
    return words[1:] if words and words[0].value in known else ()


def removed(script: Script) -> frozenset[str]:
    """Give the packages, and apk's virtual ones, that a script removes again."""
    found: set[str] = set()
    for command in script.commands:
        words = positional(command, _WITH_VALUE)
        if words and words[0].value in _REMOVE.get(command.program, ()):
            found.update(plain(word) for word in words[1:])
    return frozenset(found)


def virtual(command: Command) -> str | None:
    """Give the name under which `apk add --virtual` installs."""
    arguments = command.arguments
    for at, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in _VIRTUAL:
            return value if equals else next(iter(arguments[at + 1 :]), None)
    return None


def kept(script: Script) -> Iterator[tuple[Command, Word]]:
    """Give the packages that a script installs and does not remove."""
    gone = removed(script)
    for command in script.commands:
        if virtual(command) in gone:
            continue
        for word in installed(command):
            if plain(word) not in gone:
                yield command, word


def plain(word: Word) -> str:
    """Give a package's name without version, release and architecture."""
    name = word.value
    for mark in "=<>~@:/":
        name = name.partition(mark)[0]
    return name
