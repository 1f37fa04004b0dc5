"""From paths to subjects: reads files, and finds the settings and the project of each.

The only module of this package that reads the disk, but for `fix.py` and `baseline.py`, which
are handed what they read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.errors import (
    ImagekitError,
    ProjectNotRecognised,
    SourceSyntaxError,
    UnknownFileKind,
    UnreadableConfiguration,
    UnreadableManifest,
)
from imagekit.lint.kinds import KINDS, Kind, elixir_file, kind_of, read_target
from imagekit.lint.policy import Policy
from imagekit.lint.run import Subject, Target
from imagekit.lint.targets.dockerfile import DockerfileFile
from imagekit.lint.targets.elixir import ElixirFile, Role
from imagekit.lint.targets.project import ProjectFiles
from imagekit.lint.targets.settings import SettingsFile
from imagekit.project.model import ConfigTime, Project

if TYPE_CHECKING:  # a file in no project is linted without loading what reads one
    from imagekit.project.tree import SourceTree
    from imagekit.settings.load import Settings

SETTINGS: Final = "imagekit.toml"
_PASSED_BY: Final = frozenset({"node_modules", "deps", "_build"})
COMPOSED_MARK: Final = "Composed by imagekit"
"""What the first line of a Dockerfile that imagekit wrote says."""
_MOST_NAMED: Final = 5
_MOST_SEEN: Final = 20
_LARGEST: Final = 8 * 1024 * 1024
"""Bytes beyond which a file is nothing that a person wrote."""


@dataclass(kw_only=True)
class Collected:
    """What was found to lint."""

    subjects: list[Subject] = field(default_factory=list)
    unreadable: list[ImagekitError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)
    """Where each file is that was read; a composed Dockerfile is nowhere."""

    def extend(self, other: Collected) -> None:
        """Add what was found elsewhere."""
        self.subjects += other.subjects
        self.unreadable += other.unreadable
        self.notes += other.notes
        self.paths |= other.paths


@dataclass(frozen=True, kw_only=True)
class OpenedProject:
    """A project read, with what was composed for it."""

    tree: SourceTree
    project: Project
    settings: Settings
    dockerfile: str | None
    """The text of the composed Dockerfile; `None` where it cannot be composed."""
    problem: str = ""
    """Why it cannot."""


def project_subjects(
    opened: OpenedProject,
    *,
    settings_text: str | None,
    folder: str = ".",
    policy: Policy | None = None,
) -> Collected:
    """Divide a project into subjects: its files, and the project as a whole. Pure.

    Args:
        opened: the project.
        settings_text: the text of its `imagekit.toml`, if it has one.
        folder: its folder, as names of files begin with it.
        policy: how much each rule counts.
    """
    policy = policy or Policy(root=folder)
    found = Collected()
    prefix = "" if folder == "." else f"{folder.rstrip('/')}/"
    project = opened.project
    elixir = tuple(_elixir_files(opened, prefix, found))
    settings = SettingsFile(
        text=Text(file=f"{prefix}{SETTINGS}", content=settings_text or ""),
        settings=opened.settings,
    )
    dockerfile = None
    if opened.dockerfile is not None:
        text = Text(file=f"{prefix}Dockerfile", content=opened.dockerfile)
        parsed = parse_dockerfile(text)
        dockerfile = DockerfileFile(parsed=parsed, composed=True, find_project=lambda: project)
    elif opened.problem:
        found.notes.append(f"the Dockerfile is not linted: {opened.problem}")
    whole = ProjectFiles(project=project, settings=settings, dockerfile=dockerfile, elixir=elixir)
    targets: list[Target] = [*elixir, whole]
    if settings_text is not None:
        targets.append(settings)
    if dockerfile is not None:
        targets.append(dockerfile)
    found.subjects += [Subject(target=each, policy=policy) for each in targets]
    return found


def _elixir_files(opened: OpenedProject, prefix: str, found: Collected) -> Iterator[ElixirFile]:
    project = opened.project
    wanted: dict[PurePosixPath, tuple[Role, str | None]] = {PurePosixPath("mix.exs"): ("mix", None)}
    wanted |= {app.path / "mix.exs": ("mix", None) for app in project.apps}
    for file in project.config:
        role: Role = "runtime" if file.time is ConfigTime.RUNTIME else "config"
        wanted[file.path] = (role, file.environment)
    for path in opened.tree.texts:
        if path.suffix == ".exs" and "rel" in path.parent.parts:
            wanted.setdefault(path, ("release", None))
    for path, (role, environment) in sorted(wanted.items()):
        content = opened.tree.texts.get(path)
        if content is None:
            continue
        text = Text(file=f"{prefix}{path}", content=content)
        try:
            yield elixir_file(text, path, role=role, environment=environment)
        except SourceSyntaxError as err:
            found.unreadable.append(err)


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
        return found

    def _folder(self, folder: Path) -> Collected:
        found = Collected()
        for path in _files(folder):
            each = self._file(path)
            found.subjects += each.subjects
            found.paths |= each.paths
            for err in each.unreadable:
                if isinstance(err, UnreadableManifest):
                    found.notes.append(f"not linted: {err.what}")
                elif not isinstance(err, UnknownFileKind):
                    found.unreadable.append(err)
        if not found.subjects and not found.unreadable:
            saw = sorted(each.name for each in folder.iterdir())
            raise ProjectNotRecognised(path=name_of(folder), saw=tuple(saw[:_MOST_SEEN]))
        return found

    def _project(self, folder: Path) -> Collected:
        opened = self._open_project(folder)
        file = folder / SETTINGS
        found = project_subjects(
            opened,
            settings_text=read_text(file).content if file.is_file() else None,
            folder=name_of(folder),
            policy=self._policy_of(folder),
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
            self._around[start, name] = _around(start, name)
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


def name_of(path: Path) -> str:
    """Name a file as messages do: as it was given, with slashes; what is not UTF-8 is shown so."""
    return os.fsencode(path.as_posix()).decode("utf-8", errors="replace")


def read_text(path: Path) -> Text:
    """Read a file.

    Raises:
        UnreadableConfiguration: the system refuses.
    """
    name = name_of(path)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=name, problem=problem) from err
    if len(data) > _LARGEST:
        raise UnknownFileKind(file=name, problem="it is larger than 8 MB", kinds=KINDS)
    return Text.decode(name, data)


def _around(start: Path, name: str) -> Path | None:
    """Give the nearest folder with a file of a name: this one, or above, up to a `.git`."""
    for folder in (start, *_above(start)):
        if (folder / name).is_file():
            return folder
        if (folder / ".git").exists():
            return None
    return None


def _above(folder: Path) -> Iterator[Path]:
    """Give the folders above, named from where we are as long as that is possible."""
    yield from folder.parents
    if not folder.is_absolute():
        up = Path()
        for _ in Path.cwd().parents:
            up = up / ".."
            yield up


def _files(folder: Path) -> Iterator[Path]:
    """Give the files of a folder that may be linted, sorted."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _PASSED_BY
        )
        for name in sorted(names):
            path = Path(here, name)
            if kind_of(PurePosixPath(name)) not in (None, "elixir") and path.is_file():
                yield path


def _is_foreign(folder: Path, path: PurePosixPath) -> bool:
    """Tell whether a file of a project is one that lint knows and the project mode leaves out."""
    if kind_of(path) not in ("dockerfile", "compose"):
        return False
    try:
        with (folder / path).open(encoding="utf-8", errors="replace") as file:
            return COMPOSED_MARK not in file.readline()
    except OSError:
        return False
