"""Names and numbers that have a grammar of their own and are never quoted."""

from __future__ import annotations

import re
from typing import Final

from imagekit.errors import InvalidReference, InvalidValue
from imagekit.refs import Reference, parse_platform

# frontend/dockerfile/instructions/parse.go, validStageName
_STAGE: Final = re.compile(r"[a-z][a-z0-9-_.]*")
# parser of FROM: these name the empty image and the build context
_RESERVED_STAGES: Final = frozenset({"scratch", "context"})
_BUILD_PLATFORMS: Final = frozenset({"$BUILDPLATFORM", "$TARGETPLATFORM"})
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")
_OWNER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_MODE: Final = re.compile(r"[0-7]{3,4}")
_SIGNAL: Final = re.compile(r"SIG[A-Z]+[0-9]*(?:[+-][0-9]+)?")

LAST_PORT: Final = 65_535
LAST_ID: Final = 2**31 - 1


def require(
    *, holds: bool, key: str, problem: str, value: object = "", file: str = "Dockerfile"
) -> None:
    """Raise InvalidValue for an instruction, or a line of another file, unless its rule holds."""
    if not holds:
        raise InvalidValue(file=file, key=key, problem=problem, value=str(value))


def stage_name(name: str) -> None:
    """Raise InvalidReference unless BuildKit takes the name for a stage."""
    if _STAGE.fullmatch(name) is None:
        problem = "a stage name is lower case letters, digits, `-`, `_` and `.`, a letter first"
        raise InvalidReference(reference=name, problem=problem)
    if name in _RESERVED_STAGES:
        raise InvalidReference(reference=name, problem="BuildKit keeps this stage name for itself")


def base(name: str) -> None:
    """Raise InvalidReference unless the name can be a stage or an image."""
    if _STAGE.fullmatch(name) is None:
        Reference.parse(name)


def platform(name: str) -> None:
    """Raise InvalidReference unless it is os/arch or one of BuildKit's two variables."""
    if name not in _BUILD_PLATFORMS:
        parse_platform(name)


def variable(name: str, *, key: str) -> None:
    """Raise InvalidValue unless a POSIX shell takes it for a variable's name."""
    problem = "a variable's name is letters, digits and `_`, no digit first"
    require(holds=_VARIABLE.fullmatch(name) is not None, key=key, problem=problem, value=name)


def label(name: str) -> None:
    """Raise InvalidValue unless it is a label's key without anything to quote."""
    problem = "a label's key is letters, digits, `.`, `_`, `/` and `-`"
    require(holds=_LABEL.fullmatch(name) is not None, key="LABEL", problem=problem, value=name)


def owner(text: str) -> None:
    """Raise InvalidValue unless it is user[:group], by name or number."""
    holds = _OWNER.fullmatch(text) is not None
    require(holds=holds, key="COPY --chown", problem="an owner is user[:group]", value=text)


def mode(text: str) -> None:
    """Raise InvalidValue unless it is an octal mode."""
    holds = _MODE.fullmatch(text) is not None
    require(holds=holds, key="COPY --chmod", problem="a mode is octal, as 0755", value=text)


def signal(name: str) -> None:
    """Raise InvalidValue unless it is a signal's name."""
    holds = _SIGNAL.fullmatch(name) is not None
    require(holds=holds, key="STOPSIGNAL", problem="a signal is written as SIGTERM", value=name)


def command(words: tuple[str, ...], *, key: str) -> None:
    """Raise InvalidValue unless there is a program to start."""
    require(holds=bool(words) and words[0] != "", key=key, problem="the command is empty")
