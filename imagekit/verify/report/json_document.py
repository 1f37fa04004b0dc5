"""The report as one JSON document: what `verify --json` prints and a baseline is read from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from imagekit.image import Image
from imagekit.verify.model import VerificationReport
from imagekit.verify.sizes import Baseline

SCHEMA: Final = 1
"""Version of the document; fields may be added without a new one."""


def document(report: VerificationReport) -> dict[str, Any]:
    """Give the document without its schema version."""
    engine = report.engine
    return {
        "image": plain_image(report.image),
        "layers": plain_layers(report.image),
        "verification": dict(report.to_json()),
        "engine": None
        if engine is None
        else {
            "name": engine.name,
            "version": engine.version,
            "api": engine.api,
            "platform": engine.platform,
            "cpus": engine.cpus,
            "memory_bytes": engine.memory_bytes,
            "cgroup_version": engine.cgroup_version,
        },
        "limits": None if report.limits is None else asdict(report.limits),
        "variables": None if report.variables is None else asdict(report.variables),
        "timings": [
            {
                "part": each.part,
                "begun": round(each.begun, 3),
                "seconds": round(each.seconds, 3),
            }
            for each in report.timings
        ],
    }


def write(report: VerificationReport, baseline: Baseline | None) -> str:
    """Write the document."""
    del baseline
    plain = {"schema": SCHEMA, **document(report)}
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def plain_image(image: Image) -> dict[str, Any]:
    """Give the `image` object of the JSON documents."""
    return {
        "reference": image.reference,
        "digest": image.digest,
        "platform": image.platform,
        "unpacked_bytes": image.unpacked_bytes,
        "compressed_bytes": image.compressed_bytes,
    }


def plain_layers(image: Image) -> list[dict[str, Any]]:
    """Give the `layers` array of the JSON documents."""
    return [
        {
            "group": layer.group.value,
            "digest": layer.digest,
            "diff_id": layer.diff_id,
            "unpacked_bytes": layer.unpacked_bytes,
            "compressed_bytes": layer.compressed_bytes,
        }
        for layer in image.layers
    ]
