"""Options that several verbs share, and the one way a project is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from imagekit.errors import ReleaseNotChosen, SourceSyntaxError, UnreadableConfiguration
from imagekit.pins import LOCK_FILE, Pins, read_pins
from imagekit.plan.bases import base_images
from imagekit.plan.compose import compose
from imagekit.plan.model import Plan
from imagekit.project.model import Project
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.recipe.load import load_recipe
from imagekit.recipe.schema import Recipe
from imagekit.settings.load import FILE_NAME, Settings, load

DEFAULT_RECIPE = "debian"

Function = TypeVar("Function", bound=Callable[..., Any])

path_argument = click.argument(
    "path", default=".", type=click.Path(path_type=Path, file_okay=False)
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
release_option = click.option("--release", help="Which release, when there are several.")
locked_option = click.option(
    "--locked", is_flag=True, help="Refuse a base image that imagekit.lock does not pin."
)


def plan_options(function: Function) -> Function:
    """Add the options that decide a plan."""
    return plan_options_of_any_release(release_option(function))


def plan_options_of_any_release(function: Function) -> Function:
    """Add the options that decide a plan, but for the release."""
    for option in (
        click.option(
            "--toolchain",
            type=click.Choice(["image", "distribution"]),
            help="Elixir from an image, or from the distribution's packages.",
        ),
        click.option("--recipe", help="A shipped recipe, or the path of your own."),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A project read, its settings merged and its plan composed."""

    root: Path
    project: Project
    settings: Settings
    recipe: Recipe
    plan: Plan


def read_project_in(path: Path, tree: SourceTree | None = None) -> Project:
    """Read the project in a folder; files of it are named from where the command runs.

    Raises:
        ProjectError: see `imagekit.project.read.read_project`.
    """
    try:
        return read_project(SourceTree.read(path) if tree is None else tree)
    except SourceSyntaxError as err:
        err.file = (path / err.file).as_posix()
        raise


def read_settings(root: Path, flags: dict[str, Any]) -> Settings:
    """Merge flags, `IMAGEKIT_*` and the project's `imagekit.toml`.

    Raises:
        ConfigurationError: see `imagekit.settings.load.load`.
    """
    file = root / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else None
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=FILE_NAME, problem=problem) from err
    return load(text, os.environ, flags)


def recipe_of(settings: Settings, root: Path) -> Recipe:
    """Read the recipe that the settings name, else the default one.

    Raises:
        ConfigurationError: see `imagekit.recipe.load.load_recipe`.
    """
    named = settings.resolved("recipe")
    if named is None:
        return load_recipe(DEFAULT_RECIPE, root)
    return load_recipe(named.value, root, named.source)


def read_lock(root: Path) -> Pins:
    """Read the project's `imagekit.lock`; none is no pins.

    Raises:
        ConfigurationError: see `imagekit.pins.read_pins`.
    """
    file = root / LOCK_FILE
    try:
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else None
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=LOCK_FILE, problem=problem) from err
    return read_pins(text)


def open_project(path: Path, *, locked: bool = False, **flags: Any) -> Opened:
    """Read a project and compose its plan.

    Args:
        locked: whether a base image without a pin is an error.

    Raises:
        ConfigurationError, ProjectError: something in it cannot be used.
    """
    tree = SourceTree.read(path)
    settings = read_settings(path, flags)
    _require_known_checks(settings)
    project = read_project_in(path, tree)
    recipe = recipe_of(settings, path)
    pins = read_lock(path)
    try:
        plan = compose(project, settings, recipe, pins)
    except ReleaseNotChosen as err:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        settings = read_settings(path, {**flags, "release": _ask(err.releases)})
        plan = compose(project, settings, recipe, pins)
    if locked:
        pins.require(bare_bases(project, settings, recipe))
    return Opened(root=path, project=project, settings=settings, recipe=recipe, plan=plan)


def _require_known_checks(settings: Settings) -> None:
    """Refuse `skip` under `[verify]` that names no check: before a build, not after it."""
    off = settings.resolved("verify.skip")
    if off is not None:
        from imagekit.verify.checks import CHECKS  # noqa: PLC0415 - all of them take a while
        from imagekit.verify.select import require_known  # noqa: PLC0415

        require_known(off, CHECKS)


def bare_bases(project: Project, settings: Settings, recipe: Recipe) -> tuple[str, ...]:
    """Give the base images of the plan as the recipe names them, without pins."""
    return base_images(compose(project, settings, recipe))


def open_releases(
    path: Path, names: tuple[str, ...], *, locked: bool = False, **flags: Any
) -> tuple[Opened, ...]:
    """Open a project once for each release; for all of them when none is named.

    Raises:
        ConfigurationError, ProjectError: something in it cannot be used.
    """
    project = read_project_in(path)
    wanted = tuple(dict.fromkeys(names)) or tuple(each.name for each in project.releases)
    if not wanted:
        return (open_project(path, locked=locked, **flags),)
    return tuple(open_project(path, locked=locked, release=name, **flags) for name in wanted)


def _ask(releases: tuple[str, ...]) -> str:
    """Ask a person at a terminal which release is meant."""
    answer = click.prompt("Which release?", type=click.Choice(releases), err=True)
    return str(answer)
