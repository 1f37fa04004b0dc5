"""IK205: the image's user is a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    node = file.final.user
    value = file.final.resolve(node.user) if node is not None else None
    if node is None or value is None:
        return
    name = value.split(":")[0]
    if name != "root" and not name.startswith("Container") and _NAME.fullmatch(name):
        message = f"runAsNonRoot cannot tell that {name} is not root: write its number"
        yield Hit(span=node.user.span, message=message)


RULE = Rule(
    id="IK205",
    name="named-user",
    severity=Severity.WARNING,
    summary="Name the user by its number: Kubernetes does not look names up",
    covers=frozenset({"DL3066"}),
    dockerfile=_dockerfile,
)
