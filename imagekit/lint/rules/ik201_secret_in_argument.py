"""IK201: a secret in ARG or ENV, or as plain text in a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, EnvNode, OnbuildNode
from imagekit.dockerfile.parts import Pair
from imagekit.lint.model import DockerfileFile, Hit, ManifestFile, Rule, Severity
from imagekit.lint.rules.names import names_secret
from imagekit.lint.targets.yaml import YamlScalar

_ENV: Final = {True: "the image's configuration", False: "the builder's cache"}
_HARMLESS: Final = re.compile(
    r"(?:true|false|yes|no|on|off|none|\d{0,7}|\.{0,2}/[^$=+]*)", re.IGNORECASE
)
_PLACEHOLDER: Final = re.compile(
    r"dummy|placeholder|no-?key|not-?(?:a-)?secret|fake|unused|example|change.?me|build|compile"
    r"|^(?:x+|test|none|secret|nothing)$",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(
    r"://[^/:@$\s]*:[^/:@$\s]+@|\b(?:gh[opsu]_|github_pat_|glpat-|xox[abp]-|sk_live_)\w{8}"
    r"|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def _is_secret(pair: Pair, *, is_argument: bool, ships: bool) -> bool:
    value = pair.value.value if pair.value is not None else ""
    if _VALUE.search(value):
        return ships or not _PLACEHOLDER.search(value)
    if not names_secret(pair.name):
        return False
    if pair.value is None or (value == "" and is_argument):
        return True
    if _HARMLESS.fullmatch(value):
        return False
    return ships or not _PLACEHOLDER.search(value)


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    nodes = [(node, False) for node in file.parsed.arguments]
    found: list[tuple[ArgNode | EnvNode, bool]] = [*nodes]
    shipped = {stage.index for stage in file.final.lineage}
    for stage in file.stages:
        for node in stage.instructions:
            inner = node.inner if isinstance(node, OnbuildNode) else node
            if isinstance(inner, ArgNode | EnvNode):
                found.append((inner, stage.index in shipped))
    for node, ships in found:
        is_argument = isinstance(node, ArgNode)
        for pair in node.pairs:
            if _is_secret(pair, is_argument=is_argument, ships=ships):
                where = "the build's history" if is_argument else _ENV[ships]
                yield Hit(span=pair.span, message=f"{pair.name} is a secret that stays in {where}")


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        for name, (node, _) in container.environment.items():
            if not isinstance(node, YamlScalar) or "$(" in node.value:
                continue
            is_secret = names_secret(name) and not _HARMLESS.fullmatch(node.value)
            if is_secret or _VALUE.search(node.value):
                message = f"{name} is a secret that whoever reads the manifest knows"
                yield Hit(span=node.span, message=message)


RULE = Rule(
    id="IK201",
    name="secret-in-argument",
    severity=Severity.ERROR,
    summary="Give secrets to a build as secret mounts, and to a container when it starts",
    covers=frozenset({"DL3064", "SecretsUsedInArgOrEnv"}),
    dockerfile=_dockerfile,
    manifest=_manifest,
)
