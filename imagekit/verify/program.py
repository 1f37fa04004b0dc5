"""The script of the release that an image starts. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.image import Image, ImageConfig

_START: Final = "start"
_FOREGROUND: Final = "foreground"
_DISTILLERY: Final = "RELEASE_MUTABLE_DIR"
"""What only Distillery reads: `foreground` alone may be relx's, whose `eval` takes Erlang."""
_MARKS: Final = (b"RELEASE_BOOT_SCRIPT_CLEAN", b"}_rc_exec.sh")
"""What the script of `mix release` sets, and what Distillery 2's starts; no other's does.

The `eval` of relx and EMQX takes Erlang, that of Distillery 1 a function's name.
"""
_IN_BIN: Final = re.compile(r"(?<![\w./-])([\w./-]*?)/?\bbin/[\w.-]+")

Read = Callable[[str], Mapping[str, bytes]]
"""Gives files of the image by name: those of a folder (`/app/bin/.`), or the one asked for."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The script of a release made by `mix release` or Distillery: what is asked for things.

    What the image starts may be another one, which starts this.
    """

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


def program_behind(config: ImageConfig, read: Read) -> Program | None:
    """Find it where what is started is a script of its own, by the release's files.

    `mix phx.gen.release --docker` starts `/app/bin/server`, which says `exec ./hello start`;
    that of a Distillery release says `foreground`.
    """
    argv = (*config.entrypoint, *config.command)
    for root in _roots(argv, config.working_directory or "/"):
        told = read(f"{root}/releases/start_erl.data").get("start_erl.data", b"").split()
        if not told:
            continue
        scripts = read(f"{root}/bin/.")
        names = sorted(
            name
            for name, text in scripts.items()
            if any(mark in text for mark in _MARKS) and not name.endswith(".bat")
        )
        at = _started(argv, f"{root}/bin", config.working_directory or "/")
        text = b"" if at is None else scripts.get(posixpath.basename(argv[at]), b"")
        releases = f"{root}/releases/{told[-1].decode('utf-8', 'replace')}"
        found = names if len(names) == 1 else _named(names, text)
        found = found or [each for each in names if read(f"{releases}/{each}.rel")]
        # More than one: nothing says which is started.
        if len(found) == 1:
            (name,) = found
            path = f"{root}/bin/{name}"
            return Program(path=path, before=(*(() if at is None else argv[:at]), path))
    return None


def _roots(argv: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Give the folders above each `bin/` that is named, and the one that it is started in."""
    named = [posixpath.join(folder, at[1] or _top(at[0])) for word in argv for at in _found(word)]
    return tuple(dict.fromkeys(posixpath.normpath(each).rstrip("/") for each in (*named, folder)))


def _found(word: str) -> Iterator[re.Match[str]]:
    return _IN_BIN.finditer(word)


def _top(path: str) -> str:
    return "/" if path.startswith("/") else ""


def _started(argv: tuple[str, ...], folder: str, here: str) -> int | None:
    """Say which word is a script of that folder; none where a shell is given a line to run."""
    for at, word in enumerate(argv):
        if re.fullmatch(r"-[a-z]*c", word):
            return None
        if posixpath.dirname(posixpath.normpath(posixpath.join(here, word))) == folder:
            return at
    return None


def _named(names: list[str], started: bytes) -> list[str]:
    """Give those that a script starts: `exec ./hello start`."""
    text = started.decode("utf-8", "replace")
    starts = rf"[\"']?\s+(?:{_START}|{_FOREGROUND})\b"
    return [name for name in names if re.search(rf"(?<![\w.-]){re.escape(name)}{starts}", text)]
