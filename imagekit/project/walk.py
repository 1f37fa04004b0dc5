"""One walk over the project's folder: the only code of this package that touches files."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.project.dockerignore import Ignored, Verdict
from imagekit.project.wanted import is_wanted

LEFT_OUT_ANYWHERE: Final = frozenset({".elixir_ls", ".git", "node_modules"})
"""Names that no build context holds."""

LEFT_OUT_BESIDE_MIX_EXS: Final = frozenset({"_build", "deps"})
"""What Mix makes beside a `mix.exs`; elsewhere a folder named `deps` is somebody's code."""

LARGEST_TEXT: Final = 1024 * 1024
"""Bytes beyond which a file is not the configuration it is named for."""

_MOST_LISTED: Final = 20


@dataclass(kw_only=True)
class Walk:
    """What a walk has found so far. Symbolic links are noted and not followed."""

    root: Path
    ignored: Ignored
    paths: set[PurePosixPath] = field(default_factory=set)
    texts: dict[PurePosixPath, str] = field(default_factory=dict)
    unreadable: dict[PurePosixPath, str] = field(default_factory=dict)
    links: dict[PurePosixPath, PurePosixPath] = field(default_factory=dict)

    def run(self, *, also: tuple[str, ...]) -> Walk:
        """Walk all of it, and read `also` even where it is left out of the context."""
        pending = [("", self.ignored.top)]
        while pending:
            folder, verdict = pending.pop()
            try:
                with os.scandir(self.root / folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as err:
                self.unreadable[PurePosixPath(folder)] = _reason(err)
                continue
            pending += self._folders(folder, entries, verdict)
        for name in also:
            if PurePosixPath(name) not in self.texts:
                self._read(PurePosixPath(name))
        return self

    def _folders(
        self, folder: str, entries: list[os.DirEntry[str]], above: Verdict
    ) -> Iterator[tuple[str, Verdict]]:
        names = frozenset(entry.name for entry in entries)
        built = LEFT_OUT_BESIDE_MIX_EXS if "mix.exs" in names else frozenset()
        for entry in entries:
            if entry.name in LEFT_OUT_ANYWHERE or entry.name in built:
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            verdict = self.ignored.judge(path, above)
            if entry.is_dir(follow_symlinks=False):
                if not verdict.left_out or self.ignored.may_bring_back(path):
                    yield path, verdict
            elif not verdict.left_out:
                self._file(PurePosixPath(path), entry, names)

    def _file(self, path: PurePosixPath, entry: os.DirEntry[str], names: frozenset[str]) -> None:
        if entry.is_symlink():
            self._link(path)
        elif not entry.is_file(follow_symlinks=False):
            return  # a socket, pipe or device, which no context carries
        self.paths.add(path)
        if is_wanted(path, names):
            self._read(path)

    def _link(self, path: PurePosixPath) -> None:
        target = str((self.root / path).readlink())
        inside = posixpath.normpath(posixpath.join(path.parent, target))
        if not posixpath.isabs(target) and inside.split("/", 1)[0] != "..":
            self.links[path] = PurePosixPath(inside)

    def _read(self, path: PurePosixPath) -> None:
        text, problem = read_text(self.root, path)
        if problem:
            self.unreadable[path] = problem
        elif text is not None:
            self.texts[path] = text


def read_text(root: Path, path: PurePosixPath) -> tuple[str | None, str]:
    """Read a file of the tree: its text, or why not; neither when there is none."""
    place = root / path
    try:
        if place.is_symlink() and not place.resolve().is_relative_to(root.resolve()):
            return None, "a symbolic link that leads out of the project"
        if not place.is_file():
            return None, "not a regular file" if place.exists() or place.is_symlink() else ""
        with place.open("rb") as file:
            data = file.read(LARGEST_TEXT + 1)
    except (OSError, RuntimeError) as err:
        return None, _reason(err)
    if len(data) > LARGEST_TEXT:
        return None, f"larger than {LARGEST_TEXT // 1024} KiB"
    return data.decode(errors="surrogateescape"), ""


def list_folder(root: Path) -> tuple[str, ...]:
    """List what a folder holds that is no project, projects one level below first."""
    try:
        with os.scandir(root) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except NotADirectoryError:
        return ("a file, not a folder",)
    except OSError as err:
        return (_reason(err),)
    names = [f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries]
    below = [f"{name}mix.exs" for name in names if (root / name / "mix.exs").is_file()]
    rest = len(names) - _MOST_LISTED
    more = (f"and {rest} more",) if rest > 0 else ()
    return (*below[:_MOST_LISTED], *names[:_MOST_LISTED], *more)


def _reason(err: OSError | RuntimeError) -> str:
    """Say it without the path: that is said already, and differs from machine to machine."""
    strerror = err.strerror if isinstance(err, OSError) else None
    return (strerror or "a symbolic link to itself").lower()
