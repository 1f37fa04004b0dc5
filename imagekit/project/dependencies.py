"""Everything the project depends on: what its files declare and what the lock file adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from imagekit.project import native
from imagekit.project.declared import Declaration
from imagekit.project.libraries import Declared
from imagekit.project.mix_exs import MixFile
from imagekit.project.mix_lock import Locked
from imagekit.project.model import Dependency
from imagekit.project.reach import reached_environments
from imagekit.project.tree import SourceTree
from imagekit.project.umbrella import OwnApps
from imagekit.resolved import Maybe, Resolved, Unknown


def dependencies(
    tree: SourceTree, own: OwnApps, given: Declared, locked: Mapping[str, Locked]
) -> tuple[Dependency, ...]:
    """Give every dependency once, sorted by name."""
    merged = _merged(given)
    files = {file.folder: file for file in (*given.libraries, *own.files)}
    siblings = frozenset(app.file.folder for app in own.apps)
    found: dict[str, Dependency] = {}
    for name, declaration in merged.items():
        file = files.get(declaration.path) if declaration.path is not None else None
        if declaration.path in siblings:
            declaration = replace(declaration, scm="umbrella")  # noqa: PLW2901 - the same one
        found[name] = _direct(tree, declaration, file, locked)
    environments = reached_environments(merged, locked)
    for name, entry in locked.items():
        if name not in found:
            found[name] = _transitive(entry, environments.get(name), locked)
    return tuple(found[name] for name in sorted(found))


def _merged(given: Declared) -> dict[str, Declaration]:
    """Join what several files say of one dependency: the first, in the environments of all."""
    merged: dict[str, Declaration] = {}
    for _, each in given.declarations:
        first = merged.get(each.name)
        if first is None:
            merged[each.name] = each
            continue
        both: tuple[str, ...] | None = None
        if first.environments is not None and each.environments is not None:
            both = tuple(sorted({*first.environments, *each.environments}))
        merged[each.name] = replace(first, environments=both, runtime=first.runtime or each.runtime)
    return merged


def _direct(
    tree: SourceTree,
    declaration: Declaration,
    file: MixFile | None,
    locked: Mapping[str, Locked],
) -> Dependency:
    local = declaration.scm in ("path", "umbrella")
    entry = None if local else locked.get(declaration.name)
    tools = native.depended_on(entry, locked) if entry else ()
    # A tool named here is one that the project itself builds with.
    needs = set(native.needed_by((declaration.name,)))
    needs |= set(native.of_locked(entry, locked)) if entry else set()
    if declaration.scm == "path" and declaration.path is not None:
        needs |= set(native.in_folder(tree, declaration.path))
    return Dependency(
        name=declaration.name,
        scm=declaration.scm,
        version=_own_version(declaration, file) if local else _locked_version(declaration, entry),
        requirement=declaration.requirement,
        environments=declaration.environments,
        direct=True,
        native=tuple(sorted(needs)),
        precompiled=not native.PRECOMPILED.isdisjoint((declaration.name, *tools)),
        repository=entry.repository if entry else declaration.repository,
        bare=declaration.bare,
        path=declaration.path,
        source=declaration.source,
    )


def _transitive(
    entry: Locked, environments: tuple[str, ...] | None, locked: Mapping[str, Locked]
) -> Dependency:
    return Dependency(
        name=entry.name,
        scm="git" if entry.scm == "git" else "hex",
        version=Resolved(value=entry.version, source=entry.source),
        requirement=None,
        environments=environments,
        direct=False,
        native=native.of_locked(entry, locked),
        precompiled=not native.PRECOMPILED.isdisjoint(native.depended_on(entry, locked)),
        repository=entry.repository,
        path=None,
        source=entry.source,
    )


def _own_version(declaration: Declaration, file: MixFile | None) -> Maybe[str]:
    if file is not None:
        return file.text("version")
    reason = "its folder has no mix.exs" if declaration.path else "its path is not in the project"
    return Unknown(reason=reason, source=declaration.source)


def _locked_version(declaration: Declaration, entry: Locked | None) -> Maybe[str]:
    if entry is not None:
        return Resolved(value=entry.version, source=entry.source)
    return Unknown(reason="mix.lock does not have it", source=declaration.source)
