"""Reading the container-structure-test files that a flag or the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagekit.errors import UnreadableConfiguration
from imagekit.settings.load import FILE_NAME, Settings

if TYPE_CHECKING:
    from imagekit.verify.structure.model import StructureFile


def structure_files(settings: Settings, project: Path) -> tuple[StructureFile, ...]:
    """Read them: those of `imagekit.toml` from the project's folder, others from here.

    Raises:
        ConfigurationError: a file is not there, or says what cannot be held to.
    """
    found = settings.resolved("verify.structure_tests")
    if found is None:
        return ()
    folder = project if found.source == FILE_NAME else Path()
    return tuple(_read(name, folder / name) for name in found.value)


def _read(name: str, file: Path) -> StructureFile:
    # Who has no such file does not wait for its schema.
    from imagekit.verify.structure.read import read_structure  # noqa: PLC0415

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=name, problem=problem) from err
    except UnicodeDecodeError as err:
        raise UnreadableConfiguration(file=name, problem="it is not UTF-8") from err
    return read_structure(name, text)
