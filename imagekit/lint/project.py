"""A project as subjects: its files, what is composed for it, and the whole. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.errors import SourceSyntaxError
from imagekit.lint.collected import Collected
from imagekit.lint.kinds import elixir_file
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
    modules: Mapping[PurePosixPath, str] | None = None,
) -> Collected:
    """Divide a project into subjects: its files, and the project as a whole. Pure.

    Args:
        opened: the project.
        settings_text: the text of its `imagekit.toml`, if it has one.
        folder: its folder, as names of files begin with it.
        policy: how much each rule counts.
        modules: texts of the modules that rules shall see.
    """
    policy = policy or Policy(root=folder)
    found = Collected()
    prefix = "" if folder == "." else f"{folder.rstrip('/')}/"
    project = opened.project
    elixir = tuple(_elixir_files(opened, modules or {}, prefix, found))
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


def _elixir_files(
    opened: OpenedProject, modules: Mapping[PurePosixPath, str], prefix: str, found: Collected
) -> Iterator[ElixirFile]:
    project = opened.project
    wanted: dict[PurePosixPath, tuple[Role, str | None]] = {PurePosixPath("mix.exs"): ("mix", None)}
    wanted |= {app.path / "mix.exs": ("mix", None) for app in project.apps}
    for file in project.config:
        role: Role = "runtime" if file.time is ConfigTime.RUNTIME else "config"
        wanted[file.path] = (role, file.environment)
    for path in opened.tree.texts:
        if path.suffix == ".exs" and "rel" in path.parent.parts:
            wanted.setdefault(path, ("release", None))
    wanted |= dict.fromkeys(modules, ("other", None))
    for path, (role, environment) in sorted(wanted.items()):
        content = modules.get(path, opened.tree.texts.get(path))
        if content is None:
            continue
        text = Text(file=f"{prefix}{path}", content=content)
        try:
            yield elixir_file(text, path, role=role, environment=environment)
        except SourceSyntaxError as err:
            found.unreadable.append(err)
