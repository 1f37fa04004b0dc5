"""Pin base images: ask the engine for what has no digest yet."""

from __future__ import annotations

from dataclasses import dataclass

from imagekit.engine.registry import Registry
from imagekit.pins import Pins
from imagekit.refs import Reference


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """The pins there are now, and which of them are new, moved or gone, sorted."""

    pins: Pins
    added: tuple[str, ...]
    moved: tuple[str, ...]
    removed: tuple[str, ...]


def pin(registry: Registry, pins: Pins, references: tuple[str, ...], *, update: bool) -> Pinned:
    """Pin references. Pins that are there stay; `update` asks for all anew and keeps no others.

    Raises:
        BaseImageNotFound: a registry answered and does not have one.
        RegistryUnanswered: it did not answer.
    """
    wanted = tuple(sorted(each for each in references if Reference.parse(each).digest is None))
    asked = wanted if update else pins.lacking(wanted)
    found = {each: _digest(registry, each) for each in asked}
    kept = {} if update else dict(pins.digests)
    return Pinned(
        pins=Pins(digests=dict(sorted({**kept, **found}.items()))),
        added=tuple(each for each in asked if each not in pins.digests),
        moved=tuple(each for each in asked if pins.digests.get(each, found[each]) != found[each]),
        removed=tuple(sorted(set(pins.digests) - set(wanted))) if update else (),
    )


def _digest(registry: Registry, reference: str) -> str:
    resolved = registry.resolve_digest(Reference.parse(reference))
    return resolved.digest or ""
