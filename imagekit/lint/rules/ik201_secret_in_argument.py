"""IK201: a secret in ARG or ENV, or as plain text in a compose file or a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, EnvNode, OnbuildNode
from imagekit.dockerfile.parts import Pair
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    Hit,
    ManifestFile,
    Rule,
    Severity,
)
from imagekit.lint.rules.names import names_secret
from imagekit.lint.rules.secret_values import (
    is_everybodys,
    is_filled_in,
    is_harmless,
    is_placeholder,
    looks_generated,
    shows_secret,
    shows_token,
)
from imagekit.lint.targets.naming import is_for_development
from imagekit.lint.targets.yaml import YamlNode, YamlScalar, pairs_at

_ENV: Final = {True: "the image's configuration", False: "the builder's cache"}


def _is_secret(pair: Pair, *, is_argument: bool, ships: bool) -> bool:
    value = pair.value.value if pair.value is not None else ""
    if shows_secret(value):
        return ships or not is_placeholder(value)
    if not names_secret(pair.name):
        return False
    if pair.value is None or (value == "" and is_argument):
        return True
    if is_harmless(value):
        return False
    return ships or not is_placeholder(value)


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


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        in_production = file.is_production(service)
        for name, (value, span) in service.environment.items():
            if value is not None and _is_told(name, value, in_production=in_production):
                message = f"{name} is a secret that whoever reads the compose file knows"
                yield Hit(span=span, message=message)
        for name, (value, span) in service.build_arguments.items():
            if not is_for_development(file.text.file) and _is_built_in(name, value):
                yield Hit(
                    span=span, message=f"{name} is a secret that stays in the build's history"
                )


def _is_told(name: str, value: str, *, in_production: bool | None) -> bool:
    """Tell whether a variable of a compose file is a secret, and not one for a laptop.

    Most compose files are for development, with passwords that are in every tutorial. Where nothing
    tells what a file is for, only what somebody generated counts.
    """
    if in_production:
        return _is_plain(name, value)
    if shows_token(value):
        return not is_placeholder(value)
    is_unknown = in_production is None
    return is_unknown and names_secret(name) and looks_generated(value)


def _is_built_in(name: str, value: str | None) -> bool:
    """Tell whether an argument of a build is a secret; without a value it is the caller's."""
    if value is not None and shows_secret(value):
        return not is_placeholder(value) and not is_everybodys(value)
    if not names_secret(name):
        return False
    return value is None or not (is_harmless(value) or is_placeholder(value))


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        for name, (node, _) in container.environment.items():
            yield from _in_manifest(name, node)
    for each in file.objects:
        for key, node in pairs_at(each.node, "data") if each.kind == "ConfigMap" else ():
            yield from _in_manifest(key.value, node)


def _in_manifest(name: str, node: YamlNode | None) -> Iterator[Hit]:
    if isinstance(node, YamlScalar) and _is_plain(name, node.value):
        message = f"{name} is a secret that whoever reads the manifest knows"
        yield Hit(span=node.span, message=message)


def _is_plain(name: str, value: str) -> bool:
    """Tell whether a variable, or a whole file in a ConfigMap, is a secret in plain text."""
    if "\n" in value.strip():
        return shows_token(value)  # a URL in a file is mostly an example in a comment
    if is_filled_in(value):
        return False
    is_secret = names_secret(name.replace("-", "_")) and not is_harmless(value)
    return is_secret or shows_secret(value)


RULE = Rule(
    id="IK201",
    name="secret-in-argument",
    severity=Severity.ERROR,
    summary="Give secrets to a build as secret mounts, and to a container when it starts",
    covers=frozenset({"DL3064", "SecretsUsedInArgOrEnv"}),
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
)
