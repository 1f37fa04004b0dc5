"""Dependencies as one `mix.exs` declares them (`mix help deps`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from imagekit.project.elixir.terms import (
    ListTerm,
    Term,
    TupleTerm,
    atom_name,
    atoms,
    is_true,
    items,
    option,
    plain,
    string,
    unknowns,
)
from imagekit.project.mix_exs import MixFile
from imagekit.project.model import Scm
from imagekit.project.places import within
from imagekit.resolved import Unknown


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One element of `deps:`."""

    name: str
    scm: Scm
    requirement: str | None
    environments: tuple[str, ...] | None
    """Those of `only:`, sorted; `None` means every one."""
    path: PurePosixPath | None
    """Where a `path:` or `in_umbrella:` leads; `None` also when that is outside the project."""
    written_path: str | None
    repository: str | None
    runtime: bool
    """Whether a release starts it: `runtime: false` keeps it out."""
    bare: bool = False
    """Whether it is a part of a git repository and no application: icons, for instance."""
    source: str

    @property
    def in_production(self) -> bool:
        """Whether `MIX_ENV=prod` sees it."""
        return self.environments is None or "prod" in self.environments


def declarations(file: MixFile) -> tuple[tuple[Declaration, ...], tuple[Unknown, ...]]:
    """Give what `deps:` declares, in its order, and what of it cannot be read."""
    term = file.option("deps")
    found: list[Declaration] = []
    holes = list(unknowns(term))
    for item in items(term):
        if isinstance(item, TupleTerm):
            declared = _declaration(file, item)
            if declared is None:
                reason = "a dependency whose name is not written out"
                holes.append(Unknown(reason=reason, source=item.source))
            else:
                found.append(declared)
                holes += _holes(item)
    return tuple(found), tuple(holes)


def _declaration(file: MixFile, item: TupleTerm) -> Declaration | None:
    name = atom_name(item.items[0]) if item.items else None
    if name is None:
        return None
    options = _options(item)
    only = option(options, "only")
    scm, written = _origin(name, options)
    return Declaration(
        name=name,
        scm=scm,
        requirement=string(item.items[1]) if len(item.items) > 1 else None,
        environments=None if only is None or unknowns(only) else tuple(sorted(atoms(only))),
        path=None if written is None else within(file.folder, written),
        written_path=written,
        repository=_repository(scm, options),
        runtime=plain(option(options, "runtime")) is not False,
        bare=plain(option(options, "app")) is False and option(options, "sparse") is not None,
        source=item.source,
    )


def _options(item: TupleTerm) -> Term | None:
    last = item.items[-1]
    return last if isinstance(last, ListTerm) else None


def _origin(name: str, options: Term | None) -> tuple[Scm, str | None]:
    path = option(options, "path")
    if path is not None:
        return "path", string(path)
    if is_true(option(options, "in_umbrella")):
        return "umbrella", f"../{name}"
    if option(options, "git") is not None or option(options, "github") is not None:
        return "git", None
    return "hex", None


def _repository(scm: Scm, options: Term | None) -> str | None:
    if scm == "git":
        owner_and_name = string(option(options, "github"))
        if owner_and_name is not None:
            return f"https://github.com/{owner_and_name}.git"
        return string(option(options, "git"))
    if scm == "hex":
        organisation = string(option(options, "organization"))
        named = string(option(options, "repo"))
        return f"hexpm:{organisation}" if organisation else named or "hexpm"
    return None


def _holes(item: TupleTerm) -> tuple[Unknown, ...]:
    """Give what is unknown of the options that decide where and when a dependency is used."""
    options = _options(item)
    deciding = (option(options, key) for key in ("only", "path", "git", "in_umbrella"))
    return tuple(dict.fromkeys(each for term in deciding for each in unknowns(term)))
