"""IK202: the Erlang cookie in an image, or where everybody reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, CmdNode, EntrypointNode, EnvNode, OnbuildNode
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    ElixirFile,
    Hit,
    ManifestFile,
    Rule,
    Severity,
)
from imagekit.lint.targets.yaml import YamlScalar
from imagekit.project.elixir.syntax import keyword_pairs

_NAME: Final = re.compile(
    r"(?:\w*_)?(?:RELEASE|ERLANG|ERL|NODE|DISTRIBUTION)_?COOKIE", re.IGNORECASE
)
_OPTION: Final = re.compile(r"(?<![\w-])-(?:setcookie|-cookie)[\s\",]+[^\s\"$]")
_FILE: Final = ".erlang.cookie"


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    instructions = (node for stage in file.stages for node in stage.instructions)
    for outer in (*file.parsed.arguments, *instructions):
        node = outer.inner if isinstance(outer, OnbuildNode) else outer
        if isinstance(node, ArgNode | EnvNode):
            for pair in node.pairs:
                value = pair.value.value if pair.value is not None else None
                is_named = _NAME.fullmatch(pair.name) is not None and value != ""
                if is_named or (value is not None and _OPTION.search(value)):
                    yield Hit(span=pair.span, message=f"{pair.name} puts the cookie into the image")
        elif isinstance(node, CmdNode | EntrypointNode) and _OPTION.search(
            file.text.of(node.arguments)
        ):
            message = f"{node.keyword} puts the cookie into the image"
            yield Hit(span=node.arguments, message=message)
    for stage in file.stages:
        for copy in stage.copies:
            for word in copy.sources:
                if word.value.endswith(_FILE):
                    yield Hit(span=word.span, message="the cookie's file is copied into the image")
        for command in stage.commands:
            for redirect in command.redirects:
                if ">" in redirect.operator and redirect.target.value.endswith(_FILE):
                    message = "the cookie's file is written into the image"
                    yield Hit(span=redirect.target.span, message=message)


def _compose(file: ComposeFile) -> Iterator[Hit]:
    for service in file.services:
        for name, (value, span) in service.environment.items():
            if value and "$" not in value and _NAME.fullmatch(name):
                yield Hit(span=span, message=f"{name} is in the file for whoever reads it")


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        for name, (node, _) in container.environment.items():
            if isinstance(node, YamlScalar) and node.value and _NAME.fullmatch(name):
                yield Hit(span=node.span, message=f"{name} is in the file for whoever reads it")


def _elixir(file: ElixirFile) -> Iterator[Hit]:
    for keywords in file.nodes("keywords") if file.role == "mix" else ():
        for key, value in keyword_pairs(keywords):
            if key == "cookie" and value.type == "string":
                message = "mix release writes this cookie into every image"
                yield Hit(span=file.span(value), message=message)


RULE = Rule(
    id="IK202",
    name="cookie-in-image",
    severity=Severity.ERROR,
    summary="Give the Erlang cookie to a container when it starts: whoever has it runs code there",
    dockerfile=_dockerfile,
    compose=_compose,
    manifest=_manifest,
    elixir=_elixir,
)
