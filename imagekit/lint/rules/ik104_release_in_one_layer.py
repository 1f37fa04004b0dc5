"""IK104: the whole release is one layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import CopyNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_RELEASE: Final = re.compile(r"(?:^|/)_build/[^/]+/rel(?:/[^/]+)?(?:/\.?)?$")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    made: set[str] = set()
    for command in (command for stage in file.builders for command in stage.commands):
        words = command.values
        if "release" in words and "--path" in words[:-1]:
            made.add(words[words.index("--path") + 1].rstrip("/"))
    for node in (node for stage in file.final.lineage for node in stage.own(CopyNode)):
        for word in node.sources if node.source_stage is not None else ():
            if _RELEASE.search(word.value) or word.value.rstrip("/") in made:
                message = "the whole release is one layer: a changed line pushes Erlang again"
                yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK104",
    name="release-in-one-layer",
    severity=Severity.INFO,
    summary="Copy a release in several layers by how often its parts change",
    dockerfile=_dockerfile,
)
