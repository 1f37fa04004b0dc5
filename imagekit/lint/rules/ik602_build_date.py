"""IK602: the time of the build in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import EnvNode, LabelNode
from imagekit.dockerfile.words import variables_in
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_NAME: Final = re.compile(
    r"(?:\w+_)?(?:BUILD|BUILT|IMAGE|CREATED?|CREATION|NOW|DOCKER)_?(?:AT|ON|DATE|TIME|TIMESTAMP"
    r"|DATETIME)|BUILDTIME|CREATED|DATE|TIMESTAMP|NOW",
    re.IGNORECASE,
)
_COMMIT: Final = re.compile(r"COMMIT|GIT|VCS|SOURCE_DATE|RELEASE", re.IGNORECASE)
_CLOCK: Final = re.compile(r"\$\(\s*date\b|`\s*date\b")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for node in (node for stage in file.stages for node in stage.instructions):
        if not isinstance(node, LabelNode | EnvNode):
            continue
        for pair in node.pairs:
            value = pair.value.value if pair.value is not None else ""
            clocks = [
                name
                for name in variables_in(value)
                if _NAME.fullmatch(name) and not _COMMIT.search(name)
            ]
            if clocks or _CLOCK.search(value):
                message = f"{pair.name} changes with the clock: no two builds give the same image"
                yield Hit(span=pair.span, message=message)


RULE = Rule(
    id="IK602",
    name="build-date",
    severity=Severity.WARNING,
    summary="Write the commit into the image, not the time of the build",
    dockerfile=_dockerfile,
)
