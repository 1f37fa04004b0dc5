"""What the stage `manifest` will not reduce, as far as it can be told without running Mix. Pure.

`scripts/manifest.exs` decides, in the build, and says so there; these are the same reasons, told
before. What goes in whole costs time, because more changes reach dependencies, and nothing else.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from packaging.version import InvalidVersion, Version

from imagekit.plan import sources
from imagekit.project.model import ConfigTime, Project
from imagekit.resolved import known

_READS_FOR_AN_ENVIRONMENT: Final = Version("1.11")
"""The first Elixir whose `Config.Reader` takes the environment."""
_NOT_RUN: Final = ("deps.compile", "deps.get")


def goes_in_whole(project: Project, elixir: str) -> tuple[str, ...]:
    """Say which files go in whole, and why, and what of them does not run there."""
    return (*_lock(project), *_configuration(project, elixir), *_aliases(project))


def _lock(project: Project) -> Iterator[str]:
    lock = project.lock_file
    if lock is None:
        return
    for each in project.dependencies:
        if each.environments is not None and "prod" not in each.environments:
            continue
        if each.scm == "git" and not each.bare and known(each.version) is not None:
            yield f"{lock} goes in whole: it does not tell what {each.name} depends on"
        if each.scm == "path" and each.path is not None and _has_no_mix_exs(project, each.path):
            yield (
                f"{lock} goes in whole: the path dependency {each.name} has no mix.exs that tells "
                "what it depends on"
            )


def _has_no_mix_exs(project: Project, folder: PurePosixPath) -> bool:
    there = any(path.is_relative_to(folder) for path in project.paths)
    return there and folder / "mix.exs" not in project.paths


def _configuration(project: Project, elixir: str) -> Iterator[str]:
    compile_time = [file.path for file in project.config if file.time is ConfigTime.COMPILE]
    named = [path for path in compile_time if path.name == "config.exs"]
    if not named:
        return
    main = min(named, key=lambda path: (len(path.parts), path))  # an umbrella of old has more
    if _is_before(elixir, _READS_FOR_AN_ENVIRONMENT):
        yield f"{main} goes in whole: Elixir {elixir} cannot evaluate it for an environment"
        return
    for each in project.irreducible:
        yield f"{main} goes in whole: {each.reason} ({each.source})"
    there = _seen_by_manifest(project)
    for read in project.config_reads:
        path = PurePosixPath(posixpath.normpath(read.value))
        if path in project.paths and path not in there:
            yield (
                f"{main} goes in whole: it reads {path}, which is not there where dependencies "
                f"are compiled ({read.source})"
            )


def _seen_by_manifest(project: Project) -> frozenset[PurePosixPath]:
    taken = (sources.manifest(project), sources.beside_mix_exs(project))
    return frozenset(
        path
        for path in project.paths
        for each in taken
        if path in each.files or any(path.is_relative_to(folder) for folder in each.directories)
    )


def _aliases(project: Project) -> Iterator[str]:
    own = ((app.path / "mix.exs", app.aliases) for app in project.apps)
    for file, names in dict((*own, (PurePosixPath("mix.exs"), project.aliases))).items():
        for name in _NOT_RUN:
            if name in names:
                yield f"the alias {name} of {file} does not run where dependencies are built"


def _is_before(version: str, floor: Version) -> bool:
    try:
        return Version(version) < floor
    except InvalidVersion:  # a requirement: which one it gives is the image's business
        return False
