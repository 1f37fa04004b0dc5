"""What the steps of a plan are made from, for one release of a project."""

from __future__ import annotations

from dataclasses import dataclass

from imagekit.plan.runtime import RuntimeContract
from imagekit.project.model import Project, Release
from imagekit.recipe.schema import Recipe, ToolchainSource
from imagekit.settings.load import Settings


@dataclass(frozen=True, kw_only=True)
class Given:
    """Everything a step may look at."""

    project: Project
    release: Release
    settings: Settings
    recipe: Recipe
    toolchain: ToolchainSource
    contract: RuntimeContract
    elixir: str
    """The version that compiles."""
    labels: tuple[tuple[str, str], ...]

    @property
    def on_nothing(self) -> bool:
        """Whether the runtime has no base, so that its root file system is ours to make."""
        return self.recipe.runtime.base == "scratch"
