"""The files of an ejected build: Dockerfile, `.dockerignore` and the scripts the steps call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.dockerfile import render, render_dockerignore
from imagekit.errors import ForeignFile, UnwritableFile
from imagekit.lower import SCRIPTS_FOLDER, lower, lower_ignored
from imagekit.plan.model import Plan

DOCKERFILE: Final = PurePosixPath("Dockerfile")
DOCKERIGNORE: Final = PurePosixPath(".dockerignore")
SCRIPTS: Final = Path(__file__).parent / "scripts"
_NOT_OF_STEPS: Final = ("seed",)
"""What only the builds around a build call (`imagekit.lower.seed`)."""
_MARK: Final = "Composed by imagekit"


def scripts() -> dict[str, str]:
    """Give the scripts that steps call, by name."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(SCRIPTS.iterdir())
        if path.is_file() and path.name not in _NOT_OF_STEPS
    }


def dockerfile(plan: Plan) -> str:
    """Give the text of the Dockerfile."""
    return render(lower(plan))


def dockerignore(plan: Plan) -> str:
    """Give the text of the `.dockerignore`."""
    return render_dockerignore(lower_ignored(plan))


def files(plan: Plan) -> dict[PurePosixPath, str]:
    """Give every file of an ejected build, by its path in the project."""
    return {
        DOCKERFILE: dockerfile(plan),
        DOCKERIGNORE: dockerignore(plan),
        **{SCRIPTS_FOLDER / name: text for name, text in scripts().items()},
    }


def stale(root: Path, wanted: Mapping[PurePosixPath, str]) -> tuple[str, ...]:
    """Give the names of files that are missing, differ, or are scripts that nobody may run."""
    return tuple(str(name) for name, text in wanted.items() if not _is_current(root, name, text))


def refuse_foreign(root: Path, wanted: Mapping[PurePosixPath, str]) -> None:
    """Refuse to judge or overwrite what somebody else put where our files go.

    A `.dockerignore` is no obstacle: its lines are kept in the user's part of the new one.

    Raises:
        ForeignFile: a Dockerfile that imagekit did not write, a folder in a file's place,
            or a file in a folder's.
    """
    present = _content(root / DOCKERFILE)
    if present is not None and _MARK not in present.split("\n", 1)[0]:
        raise ForeignFile(file=str(DOCKERFILE))
    for name in wanted:
        folder = root / name.parent
        if (root / name).is_dir() or (folder.exists() and not folder.is_dir()):
            raise ForeignFile(file=str(name if folder.is_dir() else name.parent))


def write(root: Path, wanted: Mapping[PurePosixPath, str]) -> tuple[str, ...]:
    """Write what differs, and give the names of what was written.

    Raises:
        ForeignFile: see `refuse_foreign`.
        UnwritableFile: the system does not let it.
    """
    refuse_foreign(root, wanted)
    names = stale(root, wanted)
    for name in map(PurePosixPath, names):
        path = root / name
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
            path.chmod(0o755 if _is_script(name) else 0o644)
        except OSError as err:
            raise UnwritableFile(file=str(name), problem=err.strerror or str(err)) from err
    return names


def _is_current(root: Path, name: PurePosixPath, text: str) -> bool:
    path = root / name
    runs = not _is_script(name) or os.access(path, os.X_OK)
    present = _content(path)
    if name == DOCKERIGNORE and present is not None:
        # A user who adds a line need not set it as we would.
        return _lines(present) == _lines(text)
    return present == text and runs


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _is_script(name: PurePosixPath) -> bool:
    return name.parent == SCRIPTS_FOLDER


def _content(path: Path) -> str | None:
    try:
        # Byte for byte: neither line breaks nor a foreign encoding may look like ours.
        return path.read_bytes().decode(errors="surrogateescape")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
