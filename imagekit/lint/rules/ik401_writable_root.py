"""IK401: a container may write to its image's files."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import Hit, ManifestFile, Rule, Severity
from imagekit.lint.rules.third_party import is_third_party
from imagekit.lint.targets.yaml import at, true_at


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for workload in file.workloads:
        for container in workload.containers:
            image = container.image
            if image is not None and is_third_party(image.value):
                continue
            given = at(container.security, "readOnlyRootFilesystem")
            if true_at(given) is not True:
                message = f"container {container.title} does not set readOnlyRootFilesystem: true"
                yield Hit(span=given.span if given else container.span, message=message)


RULE = Rule(
    id="IK401",
    name="writable-root",
    severity=Severity.WARNING,
    summary="Mount the root file system read-only: a release writes nothing",
    manifest=_manifest,
)
