"""IK211: ADD of a remote file that nothing checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import AddNode, OnbuildNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_REMOTE: Final = re.compile(r"https?://|ftp://|git://|git@")
_GIT: Final = re.compile(r"git://|git@|https?://[^#?\s]+\.git(?:[#?]|$)")
_REVISION: Final = re.compile(r"#[^:\s]+|[?&](?:ref|tag|commit|checksum)=")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for outer in (node for stage in file.stages for node in stage.instructions):
        node = outer.inner if isinstance(outer, OnbuildNode) else outer
        if not isinstance(node, AddNode) or node.flag("checksum") is not None:
            continue
        for word in node.sources:
            if not _REMOTE.match(word.value):
                continue
            if not _GIT.match(word.value):
                message = "nothing checks this download: it can be another file tomorrow"
                yield Hit(span=word.span, message=message)
            elif not _REVISION.search(word.value):
                message = "this repository is taken as it is on the day of the build"
                yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK211",
    name="unchecked-download",
    severity=Severity.WARNING,
    summary="Give ADD a checksum for what it downloads",
    dockerfile=_dockerfile,
)
