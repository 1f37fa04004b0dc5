"""The releases a project defines, as `Mix.Release.from_config!` reads them."""

from __future__ import annotations

from dataclasses import dataclass

from imagekit.errors import ReleaseDefinedTwice
from imagekit.project.elixir.terms import (
    Scalar,
    Term,
    TupleTerm,
    as_text,
    atom_name,
    atoms,
    items,
    missing,
    option,
    pairs,
    unknowns,
)
from imagekit.project.mix_exs import MixFile
from imagekit.project.model import Release
from imagekit.project.reach import with_siblings
from imagekit.project.umbrella import OwnApps
from imagekit.resolved import Maybe, Resolved, Unknown


@dataclass(frozen=True, kw_only=True)
class Releases:
    """What is defined, sorted by name."""

    releases: tuple[Release, ...]
    default: str | None = None
    options: tuple[Term | None, ...] = ()
    """The options of each, in no order that matters."""
    unknowns: tuple[Unknown, ...] = ()


def mix_releases(root: MixFile, own: OwnApps) -> Releases:
    """Give the releases of `releases:`, or the one that Mix makes of an app without any.

    An umbrella without any has none: Mix refuses to assemble one.

    Raises:
        ReleaseDefinedTwice: two of one name.
    """
    defined = root.option("releases")
    holes = list(unknowns(defined))
    found: dict[str, Release] = {}
    options: dict[str, Term] = {}
    for item in items(defined):
        name = atom_name(item.items[0]) if isinstance(item, TupleTerm) and item.items else None
        if name is None or not isinstance(item, TupleTerm):
            continue
        if name in found:
            raise ReleaseDefinedTwice(release=name, first=found[name].source, second=item.source)
        options[name] = item.items[-1]
        found[name] = _release(root, own, name, item)
        holes += unknowns(item.items[-1])
        holes += unknowns(option(item.items[-1], "applications"))
    if not found and not holes and not root.is_umbrella:
        name = own.apps[0].name
        found[name] = _only(root, name)
    return Releases(
        releases=tuple(found[name] for name in sorted(found)),
        default=atom_name(root.option("default_release")),
        options=tuple(options.values()) or (None,),
        unknowns=tuple(holes),
    )


def applications(own: OwnApps, term: Term | None) -> tuple[str, ...]:
    """Give the own apps in a release, from its `applications:` (`[web: :permanent]`, `[:web]`).

    What cannot be read may name any of them; a plain app is always in its release.
    """
    if unknowns(term) or not own.umbrellas:
        return tuple(sorted(app.name for app in own.apps))
    return with_siblings(own, (*(name for name, _ in pairs(term)), *atoms(term)))


def erts(term: Term | None) -> Maybe[bool | str]:
    """Resolve `include_erts:`, true where it is not set."""
    if term is None:
        return Resolved(value=True, source="default")
    if isinstance(term, Scalar) and isinstance(term.value, bool | str):
        return Resolved(value=term.value, source=term.source)
    absent = Unknown(reason="`include_erts:` is nil", source=term.source)
    return missing(term, absent=absent, wanted="true, false or a path")


def _release(root: MixFile, own: OwnApps, name: str, item: TupleTerm) -> Release:
    options = item.items[-1]
    return Release(
        name=name,
        applications=applications(own, option(options, "applications")),
        include_erts=erts(option(options, "include_erts")),
        version=_version(root, own, options),
        source=item.source,
    )


def _only(root: MixFile, name: str) -> Release:
    return Release(
        name=name,
        applications=(name,),
        include_erts=erts(None),
        version=root.text("version"),
        source=root.file,
        defined=False,
    )


def _version(root: MixFile, own: OwnApps, options: Term) -> Maybe[str]:
    term = option(options, "version")
    if isinstance(term, TupleTerm):  # {:from_app, :web}
        named = atom_name(term.items[-1]) if term.items else None
        file = next((app.file for app in own.apps if app.name == named), None)
        unread = Unknown(reason="it is the version of an app that is not here", source=term.source)
        return file.text("version") if file is not None else unread
    return root.text("version") if term is None else as_text(term, absent=root.absent("version"))
