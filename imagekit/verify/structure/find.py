"""Paths in the file system of an image, walked as a kernel walks them. Pure."""

from __future__ import annotations

import stat
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from imagekit.engine.images import Entry

_MOST_LINKS: Final = 40
"""As Linux has it (path_resolution(7))."""
_TYPES: Final = {"directory": "d", "symlink": "L", "fifo": "p", "device": "D"}
_FOLDER: Final = 0o755


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is at a path."""

    name: str
    """Without a leading `/`; the root is `.`."""
    entry: Entry | None
    """`None` for a folder that no layer has an entry for."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.entry is None or self.entry.kind == "directory"

    @property
    def mode(self) -> int:
        """Permission bits with setuid, setgid and sticky."""
        return _FOLDER if self.entry is None else self.entry.mode

    @property
    def owner(self) -> tuple[int, int]:
        """User and group."""
        return (0, 0) if self.entry is None else (self.entry.uid, self.entry.gid)

    @property
    def permissions(self) -> str:
        """The mode as Go writes it (io/fs, `FileMode.String`)."""
        mode = self.mode
        kind = "d" if self.entry is None else _TYPES.get(self.entry.kind, "")
        special = (("u", stat.S_ISUID), ("g", stat.S_ISGID), ("t", stat.S_ISVTX))
        kind += "".join(letter for letter, bit in special if mode & bit)
        bits = (letter if mode & 1 << 8 - place else "-" for place, letter in enumerate("rwx" * 3))
        return (kind or "-") + "".join(bits)


@dataclass(frozen=True)
class Tree:
    """The final file system of an image."""

    visible: Mapping[str, Entry]

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder, those included that no layer has an entry for."""
        return frozenset(
            str(parent) for name in self.visible for parent in PurePosixPath(name).parents
        )

    def find(self, path: str, *, follow: bool) -> Found | None:
        """Give what is there; `follow` says whether a link at the very end is followed too."""
        at: list[str] = []
        waiting = deque(PurePosixPath(path).parts)
        links = 0
        while waiting:
            part = waiting.popleft()
            if part.startswith("/"):
                at = []
                continue
            if part == "..":
                at = at[:-1]
                continue
            name = "/".join([*at, part])
            entry = self.visible.get(name)
            if entry is None and name not in self.folders:
                return None
            if entry is not None and entry.kind == "symlink" and (waiting or follow):
                links += 1
                if links > _MOST_LINKS:
                    return None
                waiting.extendleft(reversed(PurePosixPath(entry.target).parts))
                continue
            at.append(part)
        name = "/".join(at) or "."
        return Found(name=name, entry=self.visible.get(name))

    def file(self, path: str) -> Entry | None:
        """Give the regular file behind a path, hard links followed to where its bytes are."""
        found = self.find(path, follow=True)
        entry = found.entry if found else None
        if entry is not None and entry.kind == "hardlink":
            target = self.visible.get(entry.target.removeprefix("./").lstrip("/"))
            entry = target if target is not None and target.kind == "file" else None
        return entry if entry is not None and entry.kind == "file" else None

    def below(self, path: str, kept: Callable[[Found], bool]) -> tuple[Found, ...]:
        """Give what is in a folder, sorted by name."""
        found = self.find(path, follow=True)
        if found is None or not found.is_folder:
            return ()
        prefix = "" if found.name == "." else f"{found.name}/"
        names = {
            name
            for name in (*self.visible, *self.folders)
            if name.startswith(prefix) and "/" not in name[len(prefix) :] and name != found.name
        }
        inside = (Found(name=name, entry=self.visible.get(name)) for name in sorted(names))
        return tuple(each for each in inside if kept(each))
