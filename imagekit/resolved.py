"""A value together with where it came from, and the honest absence of one.

Nothing that imagekit reads from a project is passed on bare: `imagekit detect`
and `imagekit plan` show for each value which file, flag or default decided it,
and what could not be known says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Resolved(Generic[T]):
    """A known value.

    `source` is a short place a reader can open: `mix.exs:12`,
    `flag --recipe`, `IMAGEKIT_RECIPE`, `imagekit.toml`, `recipe debian`, `default`.
    """

    value: T
    source: str


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A value that reading cannot tell; `reason` says why, `source` where it stands."""

    reason: str
    source: str


Maybe: TypeAlias = Resolved[T] | Unknown


def known(maybe: Maybe[T]) -> T | None:
    """Give the value, or `None` when it is unknown."""
    return maybe.value if isinstance(maybe, Resolved) else None
