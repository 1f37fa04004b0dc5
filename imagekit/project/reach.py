"""In which Mix environments a package of the lock file is there, and which apps a release holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from imagekit.project.declared import Declaration, declarations
from imagekit.project.mix_lock import Locked
from imagekit.project.umbrella import OwnApps

Environments = tuple[str, ...] | None


def reached_environments(
    declared: Mapping[str, Declaration], locked: Mapping[str, Locked]
) -> Mapping[str, Environments]:
    """Give the environments of every locked package: those of what leads to it.

    `None` is every environment, and the answer for what nothing leads to: a git
    dependency's own dependencies are not in the lock file.
    """
    found: dict[str, Environments] = {}
    for name, declaration in sorted(declared.items()):
        pending = [name]
        while pending:
            each = pending.pop()
            wider = _widened(found, each, declaration.environments)
            if each in found and found[each] == wider:
                continue
            found[each] = wider
            entry = locked.get(each)
            wishes = entry.wishes or () if entry else ()
            pending += [wish.name for wish in wishes if wish.name in locked and not wish.optional]
    return found


def _widened(found: Mapping[str, Environments], name: str, more: Environments) -> Environments:
    if name not in found:
        return more
    before = found[name]
    if before is None or more is None:
        return None
    return tuple(sorted({*before, *more}))


def with_siblings(own: OwnApps, names: Iterable[str]) -> tuple[str, ...]:
    """Give the own apps among these names and those that they bring along at run time."""
    folders = {app.file.folder: app for app in own.apps}
    by_name = {app.name: app for app in own.apps}
    found: set[str] = set()
    pending = [name for name in names if name in by_name]
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        pending += [
            folders[each.path].name
            for each in declarations(by_name[name].file)[0]
            if each.path in folders and each.in_production and each.runtime
        ]
    return tuple(sorted(found))
