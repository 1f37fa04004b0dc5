"""IK207: a base image without a version."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.dockerfile.nodes import CopyNode
from imagekit.errors import InvalidReference
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.targets.stage import SCRATCH
from imagekit.refs import Reference


def _problem(image: str) -> str | None:
    try:
        reference = Reference.parse(image)
    except InvalidReference:
        return None
    if reference.digest is not None:
        return None
    if reference.tag is None:
        return f"{image} names no version: it is whatever latest is that day"
    return f"{image} is another image every time" if reference.tag == "latest" else None


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        base = stage.base if stage.parent is None else None
        if base and base != SCRATCH and (message := _problem(base)):
            yield Hit(span=stage.start.image.span, message=message)
        for node in stage.own(CopyNode):
            flag = node.source_stage
            image = flag.value if flag is not None else None
            # a name without a folder or tag may be a build context given on the command line
            if flag is None or not image or not set(image) & set(":/") or "$" in image:
                continue
            if file.stage(image) is None and (message := _problem(image)):
                yield Hit(span=flag.span, message=message)


RULE = Rule(
    id="IK207",
    name="unpinned-base",
    severity=Severity.ERROR,
    summary="Name the version of a base image, best with its digest: latest is no version",
    covers=frozenset({"DL3006", "DL3007"}),
    dockerfile=_dockerfile,
)
