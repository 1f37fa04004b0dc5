"""IK605: what is deployed is named latest, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.dockerfile.words import expanded
from imagekit.errors import InvalidReference
from imagekit.lint.model import ComposeFile, Hit, ManifestFile, Rule, Severity
from imagekit.lint.targets.yaml import YamlScalar, at
from imagekit.refs import Reference


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        given = at(service.node, "image")
        if isinstance(given, YamlScalar):
            builds = at(service.node, "build") is not None
            if (message := _problem(given.value, named_here=builds)) is not None:
                yield Hit(span=given.span, message=message)


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        given = container.image
        if given is not None and (message := _problem(given.value)) is not None:
            yield Hit(span=given.span, message=message)


def _problem(written: str, *, named_here: bool = False) -> str | None:
    image = expanded(written, {})
    try:
        reference = Reference.parse(image or "")
    except InvalidReference:
        return None
    if reference.digest is not None or (reference.tag is None and named_here):
        return None
    if reference.tag is None:
        return f"{image} has no tag: it is whatever latest is when a node pulls it"
    if reference.tag == "latest":
        return f"{image} tells no version: nobody knows what runs, and there is no way back"
    return None


RULE = Rule(
    id="IK605",
    name="latest-image",
    severity=Severity.ERROR,
    summary="Name what you deploy by its version: latest is another image on each node",
    compose=_compose,
    manifest=_manifest,
)
