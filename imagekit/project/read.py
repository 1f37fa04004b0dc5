"""`read_project`: a source tree becomes a `Project`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from imagekit.errors import ProjectNotRecognised
from imagekit.project.assets import find_assets
from imagekit.project.config import Configuration, configuration
from imagekit.project.declared import declarations
from imagekit.project.dependencies import dependencies
from imagekit.project.distillery import distillery_releases, uses_distillery
from imagekit.project.elixir.terms import as_flag, atoms, option, string
from imagekit.project.environment import merged, variables
from imagekit.project.libraries import declared
from imagekit.project.mix_exs import read_mix_exs
from imagekit.project.mix_lock import read_lock
from imagekit.project.model import App, Dependency, EnvironmentVariable, Project
from imagekit.project.native import needed_by
from imagekit.project.npm import Package, read_packages
from imagekit.project.places import ROOT, by_line, within
from imagekit.project.reducing import files_read, irreducible
from imagekit.project.releases import mix_releases
from imagekit.project.settings_in_config import NO_TLS, Tls, force_tls, replaced_variables
from imagekit.project.tree import SourceTree
from imagekit.project.umbrella import OwnApp, OwnApps, own_apps
from imagekit.project.versions import versions
from imagekit.resolved import Maybe, Resolved, Unknown


def read_project(tree: SourceTree) -> Project:
    """Understand a project.

    Raises:
        ProjectNotRecognised: the tree has no `mix.exs`.
        SourceSyntaxError: a file that a build evaluates does not parse.
        ProjectNotSupported: a shape that no build of this folder can have; a file that
            cannot be read.
        ReleaseDefinedTwice: two releases of one name.
        UnreadableConfiguration: `mise.toml` is not TOML.
    """
    root = read_mix_exs(tree)
    if root is None:
        raise ProjectNotRecognised(path=".", saw=tree.names(ROOT))
    own = own_apps(tree, root)
    given = declared(tree, own.files)
    lock_file = within(ROOT, string(root.option("lockfile")) or "mix.lock")
    lock_file = lock_file if lock_file is not None and tree.has(lock_file) else None
    found = dependencies(tree, own, given, read_lock(tree, lock_file) if lock_file else {})
    distillery = uses_distillery(tree, found)
    releases = distillery_releases(tree, own) if distillery else mix_releases(root, own)
    config = configuration(
        tree,
        written_path=string(root.option("config_path")),
        app_folders=tuple(app.file.folder for app in own.apps if app.file.folder != ROOT),
        release_options=releases.options,
    )
    environment, unnamed = _environment(config, distillery=distillery)
    packages = read_packages(tree)
    assets = find_assets(tree, own, packages, found)
    tls = force_tls(config.compile_time)
    phoenix = next((each for each in found if each.name == "phoenix"), None)
    return Project(
        name=root.module_name if own.umbrellas else own.apps[0].name,
        shape="umbrella" if own.umbrellas else "app",
        apps=tuple(_app(app, tls) for app in own.apps),
        releases=releases.releases,
        release_tool="distillery" if distillery else "mix",
        dependencies=found,
        config=config.files,
        environment=environment,
        assets=assets.assets,
        versions=versions(tree, own.files, _package_tables(packages, own)),
        digest_task=_digest_task(phoenix),
        phoenix=phoenix is not None,
        has_lock=lock_file is not None,
        ignored=tree.ignored,
        paths=tree.paths,
        aliases=root.aliases,
        default_release=releases.default,
        prune_code_paths=as_flag(root.option("prune_code_paths"), default=True),
        lock_file=lock_file,
        irreducible=(
            *config.missing,
            *irreducible(config.compile_time, frozenset(app.name for app in own.apps)),
        ),
        config_reads=tuple(files_read(config.compile_time)),
        unknowns=_sorted(
            (
                *own.unknowns,
                *given.unknowns,
                *releases.unknowns,
                *unnamed,
                *assets.unknowns,
                *_unreadable(tree),
            )
        ),
    )


def _app(app: OwnApp, found: Mapping[str, Tls]) -> App:
    file = app.file
    tls = found.get(app.name, NO_TLS)
    extra = atoms(option(file.application, "extra_applications"))
    named = tuple(sorted({each.name for each in declarations(file)[0] if each.in_production}))
    return App(
        name=app.name,
        path=file.folder,
        version=file.text("version"),
        elixir=file.text("elixir"),
        aliases=file.aliases,
        extra_applications=tuple(sorted(set(extra))),
        force_tls=tls.forced,
        tls_exempt=tls.exempt,
        native=needed_by(named),
        dependencies=named,
    )


def _environment(
    config: Configuration, *, distillery: bool
) -> tuple[tuple[EnvironmentVariable, ...], tuple[Unknown, ...]]:
    at_boot, unnamed = variables(config.runtime)
    replaced = replaced_variables(config.compile_time, expanded=distillery)
    return merged((*at_boot, *replaced)), unnamed


def _package_tables(
    packages: Iterable[Package], own: OwnApps
) -> Mapping[PurePosixPath, Mapping[str, object]]:
    """Give `package.json` files that may ask for a Node, the root's before those of assets."""
    folders = {ROOT, *(app.file.folder for app in own.apps)}
    places = folders | {folder / "assets" for folder in folders}
    asking = (each for each in packages if each.directory in places)
    outermost_first = sorted(asking, key=lambda each: (len(each.path.parts), each.path))
    return {each.path: each.content for each in outermost_first}


def _digest_task(phoenix: Dependency | None) -> Maybe[str]:
    if phoenix is not None:
        return Resolved(value="phx.digest", source=phoenix.source)
    return Unknown(reason="phoenix, whose task it is, is not a dependency", source="mix.exs")


def _unreadable(tree: SourceTree) -> Iterable[Unknown]:
    return (Unknown(reason=reason, source=str(path)) for path, reason in tree.unreadable.items())


def _sorted(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    return tuple(
        sorted(dict.fromkeys(unknowns), key=lambda each: (by_line(each.source), each.reason))
    )
