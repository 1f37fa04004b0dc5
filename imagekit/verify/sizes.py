"""Sizes by group of layers, of an image and of one before it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from imagekit.image import Image, LayerGroup


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Bytes as a registry stores them and as a node unpacks them."""

    compressed: int
    unpacked: int


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Sizes of an image to compare with."""

    reference: str
    digest: str
    whole: Sizes
    groups: dict[LayerGroup, Sizes]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One row: all of the image, or a group of its layers. `None` where there was or is none."""

    name: str
    before: Sizes | None
    after: Sizes | None


def by_group(image: Image) -> dict[LayerGroup, Sizes]:
    """Add up the layers of each group."""
    found: dict[LayerGroup, Sizes] = {}
    for layer in image.layers:
        found[layer.group] = plus(
            found.get(layer.group), layer.compressed_bytes, layer.unpacked_bytes
        )
    return found


def baseline_of(image: Image) -> Baseline:
    """Take an image itself as the one to compare with."""
    return Baseline(
        reference=image.reference,
        digest=image.digest,
        whole=Sizes(compressed=image.compressed_bytes, unpacked=image.unpacked_bytes),
        groups=by_group(image),
    )


def changes(image: Image, baseline: Baseline | None) -> Iterator[Change]:
    """Give the rows: each group that is or was there, then all of the image."""
    now = by_group(image)
    then = baseline.groups if baseline is not None else {}
    for group in LayerGroup:
        if group in now or group in then:
            yield Change(name=group.value, before=then.get(group), after=now.get(group))
    yield Change(
        name="image",
        before=None if baseline is None else baseline.whole,
        after=Sizes(compressed=image.compressed_bytes, unpacked=image.unpacked_bytes),
    )


def plus(sizes: Sizes | None, compressed: int, unpacked: int) -> Sizes:
    """Add a layer."""
    if sizes is None:
        return Sizes(compressed=compressed, unpacked=unpacked)
    return Sizes(compressed=sizes.compressed + compressed, unpacked=sizes.unpacked + unpacked)
