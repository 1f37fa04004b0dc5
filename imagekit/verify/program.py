"""The script of the release that an image starts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.image import Image

_START: Final = "start"
_FOREGROUND: Final = "foreground"
_DISTILLERY: Final = "RELEASE_MUTABLE_DIR"
"""What only Distillery reads: `foreground` alone may be relx's, whose `eval` takes Erlang."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The script of a release made by `mix release` or Distillery."""

    path: str
    before: tuple[str, ...]
    """What stands before its command: an init process, if any, and the script."""


def program(image: Image) -> Program | None:
    """Find the release's script: what the image starts is `<root>/bin/<name> start`."""
    return program_of((*image.config.entrypoint, *image.config.command), image.config.environment)


def program_of(argv: tuple[str, ...], environment: Iterable[str]) -> Program | None:
    """Find it in what is started; `environment` has the names of the image's variables."""
    *before, last = argv or ("",)
    starts = {_START, _FOREGROUND} if _DISTILLERY in environment else {_START}
    if last not in starts or not before or PurePosixPath(before[-1]).parent.name != "bin":
        return None
    return Program(path=before[-1], before=tuple(before))
