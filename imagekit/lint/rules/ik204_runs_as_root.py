"""IK204: the image runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    Hit,
    ManifestFile,
    Rule,
    Severity,
)
from imagekit.lint.targets.stage import SCRATCH
from imagekit.lint.targets.yaml import YamlNode, YamlScalar, at, true_at

_ROOT_BASES: Final = re.compile(
    r"(?:(?:index\.)?docker\.io/)?(?:library/)?[^/.:]+"
    r"|(?:docker\.io/)?(?:hexpm|bitwalker|phusion|balenalib|arm64v8|amd64)/[^/]+"
    r"|gcr\.io/distroless/[^/]+"
)
"""Images known to run as root: the official ones (no folder), and what Elixir is built on."""


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
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


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        given = at(service.node, "user")
        if isinstance(given, YamlScalar) and given.value.split(":")[0] in ("root", "0"):
            yield Hit(span=given.span, message=f"service {service.name} runs as root")


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for workload in file.workloads:
        yield from _context(workload.pod_security, f"the pod of {workload.kind}")
        for container in workload.containers:
            yield from _context(container.security, f"container {container.title}")


def _context(security: YamlNode | None, who: str) -> Iterator[Hit]:
    user, non_root = at(security, "runAsUser"), at(security, "runAsNonRoot")
    if isinstance(user, YamlScalar) and user.number == 0:
        yield Hit(span=user.span, message=f"{who} runs as root")
    elif isinstance(non_root, YamlScalar) and true_at(non_root) is False:
        yield Hit(span=non_root.span, message=f"{who} may run as root")


RULE = Rule(
    id="IK204",
    name="runs-as-root",
    severity=Severity.ERROR,
    summary="Run as a user that is not root: end the last stage with a USER",
    covers=frozenset({"DL3002"}),
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
)
