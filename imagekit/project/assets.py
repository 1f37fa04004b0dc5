"""Asset pipelines: built by Node from a `package.json`, by Mix packages, or by both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.project.declared import declarations
from imagekit.project.elixir.terms import Term, items, option, string
from imagekit.project.mix_exs import MixFile
from imagekit.project.model import Assets, Dependency, MixAssets, NpmAssets
from imagekit.project.npm import NO_ASSETS_IN, Package
from imagekit.project.tree import SourceTree
from imagekit.project.umbrella import OwnApp, OwnApps
from imagekit.resolved import Unknown

_BUNDLERS: Final = frozenset({"bun", "dart_sass", "esbuild", "tailwind"})
"""Mix packages that wrap a bundler (hexdocs.pm/phoenix, "Asset Management")."""

_TASK: Final = "assets.deploy"
_CARRY_JAVASCRIPT: Final = ("phoenix", "phoenix_html", "phoenix_live_view")
_OUTPUT: Final = PurePosixPath("priv/static")


@dataclass(frozen=True, kw_only=True)
class FoundAssets:
    """The pipelines, by folder, and what could not be told."""

    assets: tuple[Assets, ...]
    unknowns: tuple[Unknown, ...]


def find_assets(
    tree: SourceTree,
    own: OwnApps,
    packages: Iterable[Package],
    dependencies: tuple[Dependency, ...],
) -> FoundAssets:
    """Find the asset pipelines of the project's own apps."""
    libraries = tuple(each.path for each in dependencies if each.scm == "path" and each.path)
    found: list[NpmAssets | MixAssets] = []
    holes: list[Unknown] = []
    for package in packages:
        if not NO_ASSETS_IN.isdisjoint(package.path.parts) or any(
            package.path.is_relative_to(library) for library in libraries
        ):
            continue
        app = _owner(own, package)
        if app is not None:
            found.append(_npm(tree, own, app, package, dependencies))
        elif not isinstance(package.script, Unknown):
            reason = "a build script, of which nothing says that its result goes to `priv/static`"
            holes.append(Unknown(reason=reason, source=str(package.path)))
    for each in own.files:
        by_mix = _by_mix(tree, own, each)
        if isinstance(by_mix, MixAssets):
            found.append(by_mix)
        elif by_mix is not None:
            holes.append(by_mix)
    return FoundAssets(assets=tuple(sorted(found, key=_order)), unknowns=tuple(holes))


def _order(assets: Assets) -> tuple[PurePosixPath, str]:
    if isinstance(assets, NpmAssets):
        return assets.directory, "npm"
    return assets.path, "mix"


def _owner(own: OwnApps, package: Package) -> OwnApp | None:
    """Tell which app a package builds for; `None` when it seems to build for none.

    `assets` of an app is Phoenix's place. Elsewhere there has to be a script that builds,
    and something has to name `priv/static`.
    """
    directory = package.directory
    for app in own.apps:
        if directory == app.file.folder / "assets":
            return app
    if isinstance(package.script, Unknown) or not package.mentions_output:
        return None
    above = [app for app in own.apps if directory.is_relative_to(app.file.folder)]
    if above:
        return max(above, key=lambda app: len(app.file.folder.parts))
    texts = "\n".join(package.configuration)
    named = [app for app in own.apps if f"{app.file.folder.name}/{_OUTPUT}" in texts]
    serving = [app for app in own.apps if _depends_on(app.file, "phoenix")]
    return next((each[0] for each in (named, serving, list(own.apps)) if len(each) == 1), None)


def _depends_on(file: MixFile, name: str) -> bool:
    return any(each.name == name for each in declarations(file)[0])


def _npm(
    tree: SourceTree,
    own: OwnApps,
    app: OwnApp,
    package: Package,
    dependencies: tuple[Dependency, ...],
) -> NpmAssets:
    fetched = {each.name for each in dependencies if each.scm in ("hex", "git")}
    manager = package.manager(tree)
    carried = fetched & set(_CARRY_JAVASCRIPT)
    libs = (each.file.folder / "lib" for each in own.apps)
    scanned = (lib for lib in libs if tree.names(lib)) if package.scans else ()
    return NpmAssets(
        directory=package.directory,
        app=app.name,
        lock_file=next((path for path, whose in package.locks(tree) if whose == "npm"), None),
        script=package.script,
        output=app.file.folder / _OUTPUT,
        dependencies_used=tuple(sorted({*package.imported(fetched), *carried})),
        manager=manager,
        reads=tuple(sorted({*package.reads, *scanned})),
        colocated=package.imports_colocated,
        source=str(package.path),
    )


def _by_mix(tree: SourceTree, own: OwnApps, file: MixFile) -> MixAssets | Unknown | None:
    tools = [
        each for each in declarations(file)[0] if each.name in _BUNDLERS and each.in_production
    ]
    if not tools:
        return None
    app = next((app for app in own.apps if app.file is file), None) or _serving(own)
    alias = option(file.option("aliases"), _TASK)
    names = ", ".join(sorted(tool.name for tool in tools))
    if app is None or alias is None or isinstance(alias, Unknown):
        reason = f"{names}: no alias `{_TASK}` that can be read says how assets are built"
        return Unknown(reason=reason, source=tools[0].source)
    folder = file.folder / "assets"
    return MixAssets(
        app=app.name,
        path=file.folder,
        tools=tuple(sorted(tool.name for tool in tools)),
        task=_TASK,
        steps=(steps := tuple(_steps(alias))),
        literal=len(steps) == len(items(alias) or (alias,)),
        inputs=(folder,) if tree.names(folder) else (),
        source=alias.source,
    )


def _serving(own: OwnApps) -> OwnApp | None:
    """Give the one app that has Phoenix, for tools that the umbrella itself depends on."""
    serving = [app for app in own.apps if _depends_on(app.file, "phoenix")]
    return serving[0] if len(serving) == 1 else None


def _steps(alias: Term) -> Iterator[str]:
    """Give the steps of an alias that are written out; functions among them are Mix's to run."""
    return (text for term in items(alias) or (alias,) if (text := string(term)) is not None)
