"""A baseline: the sizes of an earlier report. Pure."""

from __future__ import annotations

import json

from pydantic import ValidationError

from imagekit.errors import UnreadableConfiguration
from imagekit.image import LayerGroup
from imagekit.verify.report.schema import ReportDocument
from imagekit.verify.sizes import Baseline, Sizes, plus


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
        groups[group] = plus(groups.get(group), layer.compressed_bytes, layer.unpacked_bytes)
    return Baseline(
        reference=found.image.reference,
        digest=found.image.digest,
        whole=Sizes(compressed=found.image.compressed_bytes, unpacked=found.image.unpacked_bytes),
        groups=groups,
    )
