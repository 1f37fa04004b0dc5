"""The project's own apps: itself, or the children of an umbrella and of umbrellas within.

Rules: `Mix.Project.apps_paths/1` looks for folders with a `mix.exs` directly below
`apps_path:`, or takes `apps:`; `Mix.Dep.Loader` goes into a child that is an umbrella.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from imagekit.errors import ProjectNotSupported
from imagekit.project.elixir.terms import atoms, string, unknowns
from imagekit.project.mix_exs import MixFile, read_mix_exs
from imagekit.project.places import ROOT, within
from imagekit.project.tree import SourceTree
from imagekit.resolved import Unknown


@dataclass(frozen=True, kw_only=True)
class OwnApp:
    """One app of the project and the name it goes by."""

    name: str
    file: MixFile


@dataclass(frozen=True, kw_only=True)
class OwnApps:
    """The apps, sorted by folder."""

    apps: tuple[OwnApp, ...]
    umbrellas: tuple[MixFile, ...]
    """The umbrellas themselves, the root first; none for a plain app."""
    unknowns: tuple[Unknown, ...] = ()

    @property
    def files(self) -> tuple[MixFile, ...]:
        """Every `mix.exs` of the project itself."""
        return (*self.umbrellas, *(app.file for app in self.apps))


def own_apps(tree: SourceTree, root: MixFile) -> OwnApps:
    """Find the project's own apps.

    Raises:
        ProjectNotSupported: the root names neither an app nor a folder of apps, or that
            folder holds none.
        SourceSyntaxError: the `mix.exs` of a child does not parse.
    """
    if not root.is_umbrella:
        name = root.app
        if name is None:
            raise ProjectNotSupported(
                file=root.file,
                shape='`project/0` writes out neither `app: :name` nor `apps_path: "apps"`',
                way_out="Write one of them as a literal: everything else is named after it.",
            )
        return OwnApps(apps=(OwnApp(name=name, file=root),), umbrellas=())
    found = _children(tree, root, set())
    if not found.apps:
        raise ProjectNotSupported(
            file=root.file,
            shape=f"no folder in `{string(root.option('apps_path'))}` has a mix.exs",
            way_out="Correct `apps_path:`, or what .dockerignore leaves out of the build context.",
        )
    return found


def _children(tree: SourceTree, umbrella: MixFile, seen: set[PurePosixPath]) -> OwnApps:
    seen.add(umbrella.folder)
    folder = within(umbrella.folder, string(umbrella.option("apps_path")) or "")
    if folder is None or folder == ROOT:
        raise ProjectNotSupported(
            file=umbrella.file,
            shape="`apps_path:` leads out of the project",
            way_out="Run imagekit in the folder that holds the umbrella and its apps.",
        )
    named = umbrella.option("apps")
    holes = unknowns(named)
    names = tree.names(folder) if named is None or holes else sorted(set(atoms(named)))
    apps: list[OwnApp] = []
    umbrellas: list[MixFile] = [umbrella]
    for name in names:
        child = None if folder / name in seen else read_mix_exs(tree, folder / name)
        if child is None:
            continue
        if child.is_umbrella:
            inner = _children(tree, child, seen)
            apps += inner.apps
            umbrellas += inner.umbrellas
            holes += inner.unknowns
        else:
            # Mix demands that folder and app have one name, so a computed `app:` is the folder's.
            seen.add(child.folder)
            apps.append(OwnApp(name=child.app or name, file=child))
    return OwnApps(
        apps=tuple(sorted(apps, key=lambda app: app.file.folder)),
        umbrellas=tuple(umbrellas),
        unknowns=holes,
    )
