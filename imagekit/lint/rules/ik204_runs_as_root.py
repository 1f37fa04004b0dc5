"""IK204: the image runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.targets.dockerfile import SCRATCH

_ROOT_BASES: Final = re.compile(
    r"(?:(?:index\.)?docker\.io/)?(?:library/)?[^/.:]+"
    r"|(?:docker\.io/)?(?:hexpm|bitwalker|phusion|balenalib|arm64v8|amd64)/[^/]+"
    r"|gcr\.io/distroless/[^/]+"
)
"""Images known to run as root: the official ones (no folder), and what Elixir is built on."""


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    final = file.final
    if (node := final.user) is not None:
        value = final.resolve(node.user)
        if value is not None and value.split(":")[0] in ("root", "0"):
            yield Hit(span=node.user.span, message="the last USER is root")
        return
    base, reference = final.root_base, final.reference
    if reference is not None:
        if not _ROOT_BASES.fullmatch(reference.name) or "nonroot" in (reference.tag or ""):
            return
    elif base != SCRATCH:
        return
    yield Hit(span=final.start.image.span, message="no USER: the image runs as root")


RULE = Rule(
    id="IK204",
    name="runs-as-root",
    severity=Severity.ERROR,
    summary="Run as a user that is not root: end the last stage with a USER",
    covers=frozenset({"DL3002"}),
    dockerfile=_dockerfile,
)
