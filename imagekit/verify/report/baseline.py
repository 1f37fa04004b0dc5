"""A baseline: the sizes of an earlier report, and what has grown since. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from imagekit.errors import UnreadableConfiguration
from imagekit.image import Image, LayerGroup
from imagekit.verify.report.schema import ReportDocument


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Bytes as a registry stores them and as a node unpacks them."""

    compressed: int
    unpacked: int


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Sizes of the image of an earlier report."""

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


def read_baseline(text: str, file: str) -> Baseline:
    """Read a JSON report.

    Raises:
        UnreadableConfiguration: it is none.
    """
    try:
        found = ReportDocument.model_validate(json.loads(text))
    except ValidationError as err:
        first = err.errors()[0]
        place = ".".join(map(str, first["loc"])) or "it"
        problem = f"it is no JSON report of imagekit: {place}: {first['msg']}"
        raise UnreadableConfiguration(file=file, problem=problem) from err
    except (ValueError, RecursionError) as err:
        raise UnreadableConfiguration(file=file, problem=f"it is not JSON: {err}") from err
    groups: dict[LayerGroup, Sizes] = {}
    for layer in found.layers:
        group = LayerGroup(layer.group)
        groups[group] = _plus(groups.get(group), layer.compressed_bytes, layer.unpacked_bytes)
    return Baseline(
        reference=found.image.reference,
        digest=found.image.digest,
        whole=Sizes(compressed=found.image.compressed_bytes, unpacked=found.image.unpacked_bytes),
        groups=groups,
    )


def changes(image: Image, baseline: Baseline | None) -> Iterator[Change]:
    """Give the rows: each group that is or was there, then all of the image."""
    now: dict[LayerGroup, Sizes] = {}
    for layer in image.layers:
        now[layer.group] = _plus(now.get(layer.group), layer.compressed_bytes, layer.unpacked_bytes)
    then = baseline.groups if baseline is not None else {}
    for group in LayerGroup:
        if group in now or group in then:
            yield Change(name=group.value, before=then.get(group), after=now.get(group))
    yield Change(
        name="image",
        before=None if baseline is None else baseline.whole,
        after=Sizes(compressed=image.compressed_bytes, unpacked=image.unpacked_bytes),
    )


def _plus(sizes: Sizes | None, compressed: int, unpacked: int) -> Sizes:
    if sizes is None:
        return Sizes(compressed=compressed, unpacked=unpacked)
    return Sizes(compressed=sizes.compressed + compressed, unpacked=sizes.unpacked + unpacked)
