"""The source tree as a value: which files there are, and the text of the few that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.errors import ProjectNotRecognised, ProjectNotSupported
from imagekit.project.dockerignore import FILE as DOCKERIGNORE
from imagekit.project.dockerignore import Ignored, user_lines
from imagekit.project.walk import Walk, list_folder, read_text
from imagekit.project.wanted import ALWAYS_READ

_INDISPENSABLE: Final = ("mix.exs", "mix.lock")
"""Files that a build context without them is a mistake in, where the project has them."""

_MOST_LINKS: Final = 40
"""Symbolic links one path may lead through, as in Linux."""


@dataclass(frozen=True, kw_only=True)
class SourceTree:
    """The files of a project that a build context would hold, paths relative to its root."""

    paths: tuple[PurePosixPath, ...]
    """Every file and symbolic link, sorted."""
    texts: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """Text of the files that detection may ask for.

    Bytes that are not UTF-8 are lone surrogates (`errors="surrogateescape"`).
    """
    unreadable: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """Why a file that detection may ask for, or a folder, could not be read."""
    links: Mapping[PurePosixPath, PurePosixPath] = field(default_factory=dict)
    """Symbolic links that stay inside the tree, with their targets."""
    ignored: tuple[str, ...] = ()
    """The user's own lines of `.dockerignore`, comments included."""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> SourceTree:
        """Make a tree of texts, without a file system."""
        files = {PurePosixPath(path): text for path, text in sorted(texts.items())}
        return cls(paths=tuple(sorted(files)), texts=files)

    @classmethod
    def read(cls, root: Path) -> SourceTree:
        """Read the tree, leaving out what `.dockerignore` leaves out, build output and `.git`.

        Raises:
            ProjectNotRecognised: no such folder, or one without `mix.exs`.
            UnreadableConfiguration: a `.dockerignore` that Docker would refuse too.
            ProjectNotSupported: a `.dockerignore` that leaves `mix.exs` or `mix.lock` out.
        """
        if not (root / "mix.exs").is_file():
            raise ProjectNotRecognised(path=str(root), saw=list_folder(root))
        patterns, problem = read_text(root, PurePosixPath(DOCKERIGNORE))
        if problem:
            raise _unreadable(DOCKERIGNORE, problem)
        ignored = Ignored.parse(patterns or "")
        found = Walk(root=root, ignored=ignored).run(also=ALWAYS_READ)
        for name in _INDISPENSABLE:
            if PurePosixPath(name) not in found.paths and (root / name).is_file():
                raise ProjectNotSupported(
                    file=DOCKERIGNORE,
                    shape=f"it leaves {name} out of the build context",
                    way_out=f"Add the line `!{name}` at its end, and one for each file you need.",
                )
        return cls(
            paths=tuple(sorted(found.paths)),
            texts=dict(sorted(found.texts.items())),
            unreadable=dict(sorted(found.unreadable.items())),
            links=dict(sorted(found.links.items())),
            ignored=user_lines(patterns or ""),
        )

    def has(self, path: PurePosixPath) -> bool:
        """Tell whether there is a file, symbolic links inside the tree followed."""
        return self._real(path) in self._files

    def text(self, path: PurePosixPath) -> str | None:
        """Give the text of a file; `None` when there is no such file.

        Raises:
            ProjectNotSupported: it is there and could not be read.
        """
        for each in (path, self._real(path)):
            if each in self.unreadable:
                raise _unreadable(str(path), self.unreadable[each])
        return self.texts.get(path, self.texts.get(self._real(path)))

    def legible(self, path: PurePosixPath) -> str | None:
        """Give the text of a file that is no Elixir, what is not UTF-8 in it replaced."""
        text = self.text(path)
        return (
            None if text is None else text.encode(errors="surrogateescape").decode(errors="replace")
        )

    def names(self, folder: PurePosixPath) -> tuple[str, ...]:
        """Give the names directly in a folder, sorted; of a folder that is not there, none."""
        return tuple(sorted(self._folders.get(self._real(folder), ())))

    @cached_property
    def _files(self) -> frozenset[PurePosixPath]:
        return frozenset(self.paths)

    @cached_property
    def _folders(self) -> Mapping[PurePosixPath, set[str]]:
        found: dict[PurePosixPath, set[str]] = {}
        for path in self.paths:
            for child, folder in zip((path, *path.parents), path.parents, strict=False):
                known = found.setdefault(folder, set())
                if child.name in known:
                    break
                known.add(child.name)
        return found

    def _real(self, path: PurePosixPath) -> PurePosixPath:
        for _ in range(_MOST_LINKS if self.links else 0):
            link = next((each for each in (path, *path.parents) if each in self.links), None)
            if link is None:
                break
            path = self.links[link] / path.relative_to(link)
        return path


def _unreadable(file: str, problem: str) -> ProjectNotSupported:
    return ProjectNotSupported(
        file=file,
        shape=f"it cannot be read: {problem}",
        way_out="Make it a readable file of the project, or name it in .dockerignore.",
    )
