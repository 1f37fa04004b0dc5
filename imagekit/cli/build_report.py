"""What `imagekit build` says of an image it built, on a terminal and in JSON."""

from __future__ import annotations

from typing import Any

from imagekit.build.reproducible import Difference
from imagekit.build.seeded import Seeded
from imagekit.cli.build_cache import cache_document
from imagekit.engine.buildx import BuildResult
from imagekit.image import Image
from imagekit.plan.bases import base_images
from imagekit.plan.model import Plan
from imagekit.refs import Reference
from imagekit.ui import say
from imagekit.verify.model import VerificationReport
from imagekit.verify.report.json_document import document, plain_image, plain_layers


def announce(plan: Plan) -> None:
    """Say what is going to be built."""
    versions = ", ".join(f"{name} {each.value}" for name, each in plan.versions.items())
    say(f"{plan.name}: recipe {plan.recipe.value}, {versions}")
    for note in plan.notes:
        say(f"  note: {note}")


def say_bases(result: BuildResult, plan: Plan) -> None:
    """Say which digest each base image was taken by that no pin decided."""
    moving = [each for each in _bases(result, plan) if not each["pinned"]]
    for each in moving:
        say(f"  {each['reference']} is {each['digest']}, not pinned by imagekit.lock")
    if moving:
        say("  note: `imagekit lock` pins what this build took")


def say_reproducible(result: BuildResult, found: tuple[Difference, ...]) -> None:
    """Say how a comparison of two builds ended."""
    if not found:
        say(f"  reproducible: both builds gave {result.digest or result.image_id}")


def build_document(
    image: Image,
    result: BuildResult,
    report: VerificationReport | None,
    *,
    plan: Plan,
    compared: tuple[Difference, ...] | None,
    seeded: Seeded,
) -> dict[str, Any]:
    """Give the JSON document; without a verification or a comparison none is claimed."""
    checked = document(report) if report is not None else {"verification": None}
    return {
        "release": plan.release.value,
        "image": plain_image(image),
        "layers": plain_layers(image),
        "stages": _stages(result),
        "bases": _bases(result, plan),
        "cache": cache_document(result, seeded),
        "reproducible": None
        if compared is None
        else {"same": not compared, "differences": compared},
        **{name: each for name, each in checked.items() if name not in ("image", "layers")},
    }


def stages_document(results: tuple[BuildResult, ...]) -> dict[str, Any]:
    """Give the JSON document of `--target`: stages ran, and there is no image to speak of."""
    stages = {each["name"]: each for result in results for each in _stages(result)}
    return {"image": None, "layers": [], "stages": list(stages.values()), "verification": None}


def _stages(result: BuildResult) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "cached": each.cached, "seconds": round(each.seconds, 3)}
        for each in result.stages
    ]


def _bases(result: BuildResult, plan: Plan) -> list[dict[str, Any]]:
    pinned = {each for each in base_images(plan) if Reference.parse(each).digest is not None}
    taken = (Reference.parse(each) for each in result.bases)
    return [
        {
            "reference": str(Reference(name=each.name, tag=each.tag)),
            "digest": each.digest,
            "pinned": str(each) in pinned,
        }
        for each in taken
    ]
