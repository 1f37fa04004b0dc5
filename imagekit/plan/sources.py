"""Which file of the source tree belongs to which stage.

The division decides what a change invalidates: what dependencies can see goes to the
manifest, what the compiler reads to `app`, what only the release reads to `release`.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from imagekit.plan.context import app_roots, read_by_a_build
from imagekit.plan.steps import TakeFromContext
from imagekit.project.model import ConfigTime, MixAssets, NpmAssets, Project

_OTHER_ENVIRONMENTS: Final = ("dev.exs", "dev.*.exs", "test.exs", "test.*.exs")
"""Configuration of other environments, with what is imported beside it (`dev.secret.exs`)."""


def manifest(project: Project) -> TakeFromContext:
    """Give what fetching and compiling dependencies can see.

    Path dependencies are compiled with the others, so their folders go in whole.
    """
    paths = read_by_a_build(project)
    locals_ = _path_dependencies(project)
    files = {
        path
        for path in paths
        if (path.name in ("mix.exs", "mix.lock") and path.parent in app_roots(project))
        or _is_compile_time_config(path, project)
        or any(path.is_relative_to(root) for root in locals_)
    }
    return _compress(files, paths)


def sources(project: Project) -> TakeFromContext:
    """Give what compiling the project's own apps reads, beyond the manifest."""
    paths = read_by_a_build(project)
    return _compress(paths - _all(manifest(project), paths) - _later(project, paths), paths)


def beside_mix_exs(project: Project) -> TakeFromContext:
    """Give what evaluating the manifest's files may read: files beside a `mix.exs` (`VERSION`)."""
    paths = read_by_a_build(project)
    roots = app_roots(project)
    taken = _all(manifest(project), paths)
    return _compress({path for path in paths - taken if path.parent in roots}, paths)


def compiled(project: Project) -> TakeFromContext:
    """Give all that compiling the project's own apps reads: the manifest's files, not reduced.

    Path dependencies went in whole; they are there already.
    """
    paths = read_by_a_build(project)
    locals_ = _path_dependencies(project)
    there = {path for path in paths if any(path.is_relative_to(root) for root in locals_)}
    return _compress(
        (_all(manifest(project), paths) - there) | _all(sources(project), paths), paths
    )


def runtime_config(project: Project) -> TakeFromContext:
    """Give what only assembling the release reads: `rel/` and runtime configuration."""
    paths = read_by_a_build(project)
    return _compress(_release_only(project, paths), paths)


def asset_files(project: Project, assets: NpmAssets) -> TakeFromContext:
    """Give the files of one npm asset folder, its package files excepted."""
    paths = read_by_a_build(project)
    inside = {path for path in paths if path.is_relative_to(assets.directory)}
    return _compress(inside - set(package_files(assets).files), paths)


def asset_reads(project: Project, assets: NpmAssets) -> TakeFromContext:
    """Give what the asset build scans outside its folder: templates, for names of classes."""
    paths = read_by_a_build(project)
    return _compress({p for p in paths if any(p.is_relative_to(f) for f in assets.reads)}, paths)


def package_files(assets: NpmAssets) -> TakeFromContext:
    """Give the files that decide which npm packages are installed."""
    lock = (assets.lock_file,) if assets.lock_file else ()
    return TakeFromContext(files=tuple(sorted((assets.directory / "package.json", *lock))))


def mix_asset_files(project: Project) -> TakeFromContext:
    """Give the folders that asset builds run by Mix read, beyond what the compiler reads."""
    paths = read_by_a_build(project)
    return _compress(_mix_assets(project, paths), paths)


def unless_empty(taken: TakeFromContext) -> tuple[TakeFromContext, ...]:
    """Give the step, where there is anything to take."""
    return (taken,) if taken.files or taken.directories else ()


def _path_dependencies(project: Project) -> tuple[PurePosixPath, ...]:
    return tuple(
        each.path for each in project.dependencies if each.scm == "path" and each.path is not None
    )


def _config_folders(project: Project) -> set[PurePosixPath]:
    return {file.path.parent for file in project.config}


def _is_compile_time_config(path: PurePosixPath, project: Project) -> bool:
    runtime = {file.path for file in project.config if file.time is ConfigTime.RUNTIME}
    inside = any(path.is_relative_to(folder) for folder in _config_folders(project))
    return inside and path not in runtime and not _is_of_another_environment(path)


def _is_of_another_environment(path: PurePosixPath) -> bool:
    return any(fnmatchcase(path.name, name) for name in _OTHER_ENVIRONMENTS)


def _release_only(project: Project, paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    runtime = {file.path for file in project.config if file.time is ConfigTime.RUNTIME}
    roots = app_roots(project)
    return {
        path
        for path in paths
        if path in runtime or any(path.is_relative_to(root / "rel") for root in roots)
    }


def _mix_assets(project: Project, paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    folders = tuple(
        folder for each in project.assets if isinstance(each, MixAssets) for folder in each.inputs
    )
    return {path for path in paths if any(path.is_relative_to(folder) for folder in folders)}


def _later(project: Project, paths: AbstractSet[PurePosixPath]) -> set[PurePosixPath]:
    """Give what the app's compiler does not read: assets, release files, other environments."""
    npm = tuple(each.directory for each in project.assets if isinstance(each, NpmAssets))
    other = {
        path
        for path in paths
        if _is_of_another_environment(path) and path.parent in _config_folders(project)
    }
    at_npm = {
        path
        for path in paths
        if any(path.is_relative_to(folder) for folder in npm if folder != PurePosixPath())
    }
    return at_npm | other | _release_only(project, paths) | _mix_assets(project, paths)


def _all(taken: TakeFromContext, paths: AbstractSet[PurePosixPath]) -> set[PurePosixPath]:
    folders = taken.directories
    return {
        path
        for path in paths
        if path in taken.files or any(path.is_relative_to(folder) for folder in folders)
    }


def _compress(
    files: AbstractSet[PurePosixPath], paths: AbstractSet[PurePosixPath]
) -> TakeFromContext:
    """Name whole folders where everything in them is wanted, single files elsewhere."""
    foreign = {parent for path in paths - files for parent in path.parents}
    folders = {
        max(
            (parent for parent in path.parents if parent not in foreign and parent.parts),
            key=lambda parent: -len(parent.parts),
            default=None,
        )
        for path in files
    } - {None}
    whole = tuple(sorted(folder for folder in folders if folder is not None))
    single = {path for path in files if not any(path.is_relative_to(each) for each in whole)}
    return TakeFromContext(files=tuple(sorted(single)), directories=whole)
