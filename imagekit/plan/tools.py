"""Whether a release tool works with the Elixir that a build has, and what its task is called."""

from __future__ import annotations

import re
from typing import Final, Literal

from packaging.version import InvalidVersion, Version

from imagekit.errors import DistilleryDoesNotFit
from imagekit.project.model import Dependency, Project
from imagekit.resolved import Unknown, known

_NUMBERS: Final = re.compile(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?")
_OLDEST: Final = Version("2.0")
_OWN_TASK: Final = Version("2.1")
"""Since then its task is `distillery.release` (its changelog)."""
_MIX_RELEASE: Final = Version("1.9")
"""Elixir with a Mix that has a task `release` of its own."""
_PRUNES: Final = Version("1.15")
"""Elixir with a Mix that takes off the code path what `mix.exs` does not name."""

_NEWER: Final = 'depend on `{:distillery, "~> 2.1", runtime: false}`'
_LEAVE: Final = "or release with Mix itself (`imagekit explain tool.from-distillery`)"


def distillery_task(project: Project, elixir: str) -> Literal["release", "distillery.release"]:
    """Give the name of Distillery's task.

    Raises:
        DistilleryDoesNotFit: this Distillery cannot work under this Elixir.
    """
    own = next(each for each in project.dependencies if each.name == "distillery")
    version, builder = _version(own), _parsed(elixir)
    if version is not None and version < _OLDEST:
        raise _misfit(own, version, elixir, "only 2.x is built", f"Update: {_NEWER}, {_LEAVE}.")
    if version is not None and version < _OWN_TASK:
        if builder is not None and builder >= _MIX_RELEASE:
            clash = f"its task `release` is Mix's own since Elixir {_MIX_RELEASE}"
            raise _misfit(own, version, elixir, clash, f"Update: {_NEWER}, {_LEAVE}.")
        return "release"
    pruned = project.prune_code_paths
    if builder is not None and builder >= _PRUNES and known(pruned) is True:
        raise _misfit(
            own,
            version,
            elixir,
            f"Mix takes off the code path, since {_PRUNES}, what it loads while it assembles",
            f"Add `prune_code_paths: false` to `project/0` of mix.exs, {_LEAVE}.",
        )
    return "distillery.release"


def _misfit(
    own: Dependency, version: Version | None, elixir: str, reason: str, way_out: str
) -> DistilleryDoesNotFit:
    return DistilleryDoesNotFit(
        file=own.source,
        version=str(version or own.requirement or "2.x"),
        elixir=elixir,
        reason=reason,
        way_out=way_out,
    )


def _version(own: Dependency) -> Version | None:
    """Give the locked version; where nothing is locked, the one that the requirement names."""
    locked = own.version
    text = own.requirement if isinstance(locked, Unknown) else locked.value
    return _parsed(text or "")


def _parsed(text: str) -> Version | None:
    found = _NUMBERS.match(text.lstrip("~>= v"))
    try:
        return Version(found[0]) if found else None
    except InvalidVersion:
        return None
