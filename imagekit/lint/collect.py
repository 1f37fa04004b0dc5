"""From paths to subjects: reads files, and finds the settings and the project of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.errors import (
    ImagekitError,
    NothingToLint,
    UnknownFileKind,
    UnreadableManifest,
)
from imagekit.lint.collected import Collected
from imagekit.lint.files import beside_mix_exs, files_below, folder_around, name_of, read_text
from imagekit.lint.kinds import Kind, read_target
from imagekit.lint.policy import Policy
from imagekit.lint.project import SETTINGS, OpenedProject, project_subjects
from imagekit.lint.run import Subject
from imagekit.lint.targets.dockerfile import DockerfileFile
from imagekit.lint.targets.elixir import ElixirFile
from imagekit.lint.targets.kubernetes import ManifestFile
from imagekit.lint.targets.settings import SettingsFile
from imagekit.project.model import Project

COMPOSED_MARK: Final = "Composed by imagekit"
"""What the first line of a Dockerfile that imagekit wrote says."""
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
        found = self._below(files_below(folder))
        if not found.subjects and not found.unreadable:
            saw = sorted(each.name for each in folder.iterdir())
            raise NothingToLint(path=name_of(folder), saw=tuple(saw[:_MOST_SEEN]))
        return found

    def _below(self, paths: Iterable[Path]) -> Collected:
        """Read files that nobody named: what turns out to be of no kind is passed by."""
        found = Collected()
        for path in paths:
            each = self._file(path)
            found.subjects += each.subjects
            found.paths |= each.paths
            found.notes += each.notes
            for err in each.unreadable:
                if isinstance(err, UnreadableManifest):
                    found.notes.append(f"not linted: {err.what}")
                elif not isinstance(err, UnknownFileKind):
                    found.unreadable.append(err)
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
        apps = frozenset(folder / app.path for app in opened.project.apps)
        beside = self._below(beside_mix_exs(folder, apps))
        _settle_dockerfile(found, beside, opened.dockerfile)
        found.extend(beside)
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


def _settle_dockerfile(found: Collected, beside: Collected, composed: str | None) -> None:
    """Leave one Dockerfile at the top: the file that is there, where it is not the composed one.

    Both have the same name, and what is in the file is what `docker build .` takes.
    """
    ours = [each for each in found.subjects if _is_composed(each)]
    for subject in (each for own in ours for each in beside.subjects if _are_one(own, each)):
        text = subject.text
        if text.content == composed:
            beside.subjects.remove(subject)
            del beside.paths[text.file]
            continue
        found.subjects = [each for each in found.subjects if each not in ours]
        if COMPOSED_MARK in text.line(1):
            beside.notes.append(
                f"{text.file} differs from what imagekit composes: `imagekit dockerfile --check`"
            )
        else:
            beside.notes.append(
                f"{text.file} is not imagekit's: it is linted in place of the composed one"
            )
        return


def _is_composed(subject: Subject) -> bool:
    return isinstance(subject.target, DockerfileFile) and subject.target.composed


def _are_one(ours: Subject, other: Subject) -> bool:
    return ours.text.file == other.text.file


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
