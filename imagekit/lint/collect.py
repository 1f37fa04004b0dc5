"""From paths to subjects: reads files, and finds the settings and the project of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.errors import (
    ImagekitError,
    NothingToLint,
    UnknownFileKind,
    UnreadableManifest,
)
from imagekit.lint.collected import Collected
from imagekit.lint.files import files_below, folder_around, name_of, read_text
from imagekit.lint.kinds import Kind, kind_of, read_target
from imagekit.lint.policy import Policy
from imagekit.lint.project import SETTINGS, OpenedProject, project_subjects
from imagekit.lint.run import Subject
from imagekit.lint.targets.elixir import ElixirFile
from imagekit.lint.targets.kubernetes import ManifestFile
from imagekit.lint.targets.settings import SettingsFile
from imagekit.project.model import Project

COMPOSED_MARK: Final = "Composed by imagekit"
"""What the first line of a Dockerfile that imagekit wrote says."""
_MOST_NAMED: Final = 5
_MOST_SEEN: Final = 20
_READS: Final = (b"System.get_env", b"System.fetch_env")


class Collector:
    """Reads what a command line names."""

    def __init__(
        self,
        *,
        open_project: Callable[[Path], OpenedProject],
        load_policy: Callable[[Path], Policy],
    ) -> None:
        """Take what opens a project, and what gives the policy of a folder with settings."""
        self._open_project = open_project
        self._load_policy = load_policy
        self._policies: dict[Path | None, Policy] = {None: Policy()}
        self._around: dict[tuple[Path, str], Path | None] = {}
        self._projects: dict[Path | None, Project | None] = {None: None}

    def collect(self, paths: Sequence[Path], kind: Kind | None = None) -> Collected:
        """Read files, projects and folders.

        Raises:
            ConfigurationError: settings that are not valid.
            ProjectError: a project that cannot be read, a folder with nothing to lint.
        """
        found = Collected()
        for path in dict.fromkeys(paths):
            if not path.is_dir():
                found.extend(self._file(path, kind))
            elif (path / "mix.exs").is_file():
                found.extend(self._project(path))
            else:
                found.extend(self._folder(path))
        return found

    def _file(self, path: Path, kind: Kind | None = None) -> Collected:
        found = Collected()
        try:
            text = read_text(path)
            target = read_target(text, kind=kind, find_project=lambda: self._project_around(path))
        except ImagekitError as err:
            found.unreadable.append(err)
        else:
            found.subjects.append(Subject(target=target, policy=self._policy_around(path)))
            found.paths[text.file] = path
            if isinstance(target, ManifestFile):
                found.notes += target.notes
        return found

    def _folder(self, folder: Path) -> Collected:
        found = Collected()
        for path in files_below(folder):
            each = self._file(path)
            found.subjects += each.subjects
            found.paths |= each.paths
            found.notes += each.notes
            for err in each.unreadable:
                if isinstance(err, UnreadableManifest):
                    found.notes.append(f"not linted: {err.what}")
                elif not isinstance(err, UnknownFileKind):
                    found.unreadable.append(err)
        if not found.subjects and not found.unreadable:
            saw = sorted(each.name for each in folder.iterdir())
            raise NothingToLint(path=name_of(folder), saw=tuple(saw[:_MOST_SEEN]))
        return found

    def _project(self, folder: Path) -> Collected:
        opened = self._open_project(folder)
        file = folder / SETTINGS
        found = project_subjects(
            opened,
            settings_text=read_text(file).content if file.is_file() else None,
            folder=name_of(folder),
            policy=self._policy_of(folder),
            modules=_modules(folder, opened.tree.paths),
        )
        for subject in found.subjects:
            if isinstance(subject.target, ElixirFile):
                found.paths[subject.text.file] = folder / subject.target.path
            elif isinstance(subject.target, SettingsFile):
                found.paths[subject.text.file] = file
        others = [str(path) for path in opened.tree.paths if _is_foreign(folder, path)]
        if others:
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            named = f"{', '.join(others[:_MOST_NAMED])}{more}"
            found.notes.append(f"not part of the project, name them to lint them: {named}")
        return found

    def _policy_around(self, path: Path) -> Policy:
        return self._policy_of(self._folder_around(path.parent, SETTINGS))

    def _folder_around(self, start: Path, name: str) -> Path | None:
        if (start, name) not in self._around:
            self._around[start, name] = folder_around(start, name)
        return self._around[start, name]

    def _policy_of(self, folder: Path | None) -> Policy:
        if folder not in self._policies and folder is not None:
            self._policies[folder] = self._load_policy(folder)
        return self._policies[folder]

    def _project_around(self, path: Path) -> Project | None:
        folder = self._folder_around(path.parent, "mix.exs")
        if folder not in self._projects and folder is not None:
            from imagekit.project.read import read_project  # noqa: PLC0415
            from imagekit.project.tree import SourceTree  # noqa: PLC0415

            try:
                self._projects[folder] = read_project(SourceTree.read(folder))
            except ImagekitError:
                self._projects[folder] = None
        return self._projects[folder]


def _is_foreign(folder: Path, path: PurePosixPath) -> bool:
    """Tell whether a file of a project is one that lint knows and the project mode leaves out."""
    if kind_of(path) not in ("dockerfile", "compose"):
        return False
    try:
        with (folder / path).open(encoding="utf-8", errors="replace") as file:
            return COMPOSED_MARK not in file.readline()
    except OSError:
        return False


def _modules(folder: Path, paths: Sequence[PurePosixPath]) -> Mapping[PurePosixPath, str]:
    """Give the texts of modules that mention the environment; what is unreadable is no module."""
    found = {}
    for path in paths:
        if path.suffix != ".ex" or "lib" not in path.parts:
            continue
        try:
            data = (folder / path).read_bytes()
        except OSError:
            continue
        if any(mark in data for mark in _READS):
            found[path] = data.decode("utf-8", errors="surrogateescape")
    return found
