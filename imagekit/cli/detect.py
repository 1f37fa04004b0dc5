"""`imagekit detect`: what imagekit understood of the project, each value with its source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from imagekit.cli.options import json_option, path_argument, read_project_in
from imagekit.cli.plain import dump, to_plain, with_kind
from imagekit.project.model import ConfigFile, ConfigTime, EnvironmentVariable, NpmAssets, Project
from imagekit.resolved import Maybe, Resolved
from imagekit.ui import product


@click.command("detect")
@path_argument
@json_option
def command(path: Path, as_json: bool) -> None:
    """Show what imagekit understood of the project in PATH."""
    project = read_project_in(path)
    if as_json:
        plain = to_plain(project)
        plain["assets"] = [with_kind(each) for each in project.assets]
        product(dump({"project": plain}))
    else:
        product("\n".join(_lines(project)))


def _lines(project: Project) -> Iterator[str]:
    yield f"{project.name}: {'an umbrella' if project.shape == 'umbrella' else 'a plain app'}"
    yield from _section("apps", (_app(each.name, each.version) for each in project.apps))
    yield from _section(
        f"releases ({project.release_tool})",
        (
            f"{each.name} ({', '.join(each.applications)})  {each.source}"
            for each in project.releases
        ),
    )
    versions = project.versions
    pairs = (("elixir", versions.elixir), ("otp", versions.otp), ("node", versions.node))
    yield from _section("versions", (f"{name} {_shown(value)}" for name, value in pairs))
    yield from _section(
        "dependencies",
        (
            f"{each.name} {_shown(each.version)}  {each.scm}"
            + (f", only {'/'.join(each.environments)}" if each.environments else "")
            + (f", builds {'/'.join(each.native)}" if each.native else "")
            for each in project.dependencies
        ),
    )
    yield from _section("configuration", (_config(each) for each in project.config))
    yield from _section(
        "runtime environment",
        (f"{each.name} {_need(each)}  {each.source}" for each in project.environment),
    )
    yield from _section(
        "assets",
        (
            f"npm in {each.directory}: {_shown(each.script)}"
            if isinstance(each, NpmAssets)
            else f"mix {each.task} ({', '.join(each.tools)})  {each.source}"
            for each in project.assets
        ),
    )
    yield from _section(
        "unknown, and asked of Mix in the build",
        (f"{each.reason}  {each.source}" for each in project.unknowns),
    )


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"\n{title}"
        yield from (f"  {line}" for line in found)


def _config(file: ConfigFile) -> str:
    when = "at boot" if file.time is ConfigTime.RUNTIME else "when compiling"
    return f"{file.path}  {when}" + (f", in {file.environment} only" if file.environment else "")


def _need(variable: EnvironmentVariable) -> str:
    if variable.required:
        return "required"
    return "optional" if variable.default is None else f"optional, else {variable.default}"


def _app(name: str, version: Maybe[str]) -> str:
    return f"{name} {_shown(version)}"


def _shown(value: Maybe[str]) -> str:
    if isinstance(value, Resolved):
        return f"{value.value}  {value.source}"
    return f"unknown: {value.reason}  {value.source}"
