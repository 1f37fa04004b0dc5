"""A whole project as rules see it: for what no file tells alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from imagekit.dockerfile.text import Text
from imagekit.lint.targets.dockerfile import DockerfileFile
from imagekit.lint.targets.elixir import ElixirFile, Role
from imagekit.lint.targets.settings import SettingsFile
from imagekit.project.model import Project


@dataclass(frozen=True, kw_only=True, eq=False)
class ProjectFiles:
    """What imagekit understood of a project, and the files it understood it from."""

    project: Project
    settings: SettingsFile
    dockerfile: DockerfileFile | None
    """The one composed for it; `None` where it cannot be composed (a release must be chosen)."""
    elixir: tuple[ElixirFile, ...]
    """Every `mix.exs`, configuration and release file."""

    def with_role(self, *roles: Role) -> tuple[ElixirFile, ...]:
        """Give the Elixir files of some roles."""
        return tuple(each for each in self.elixir if each.role in roles)

    def file(self, path: PurePosixPath | str) -> ElixirFile | None:
        """Give an Elixir file by its path from the project's root."""
        wanted = PurePosixPath(path)
        return next((each for each in self.elixir if each.path == wanted), None)

    def has(self, path: PurePosixPath | str) -> bool:
        """Tell whether the project has a file, of any kind, that the build context would hold."""
        return PurePosixPath(path) in self.project.paths

    def anchor(self, path: PurePosixPath | str = "mix.exs") -> Text:
        """Give the text of a file to hang a finding on; `mix.exs` when it is no Elixir file."""
        found = self.file(path) or self.file("mix.exs")
        return found.text if found is not None else self.settings.text
