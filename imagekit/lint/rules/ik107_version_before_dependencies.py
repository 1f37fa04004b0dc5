"""IK107: a version or commit stands before dependencies are fetched or compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, EnvNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.dependencies import early, late

_FILES: Final = frozenset({".git", "VERSION", "REVISION", "CHANGELOG.md"})
_CHANGES: Final = re.compile(
    r"(?:(?:APP|RELEASE|PROJECT|PACKAGE|SERVICE|CURRENT)_)?(?:VERSION|VSN|REVISION|SHA|COMMIT)"
    r"|(?:\w+_)?(?:GIT|VCS|COMMIT)_?(?:SHA1?|REF|COMMIT|HASH|REV|REVISION|TAG)"
    r"|(?:CI_)?COMMIT_SHORT_SHA|BUILD_?(?:NUMBER|SHA|REF|COMMIT)|CACHE_?BUST(?:ER)?",
    re.IGNORECASE,
)


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for node, before in early(file):
        for pair in node.pairs if isinstance(node, ArgNode | EnvNode) else ():
            if _CHANGES.fullmatch(pair.name):
                message = f"{pair.name} is another one in every release, and {before} follows it"
                yield Hit(span=pair.span, message=message)
    for word, before in late(file, _FILES):
        message = f"{word.value} changes with every release, and {before} follows it"
        yield Hit(span=word.span, message=message)


RULE = Rule(
    id="IK107",
    name="version-before-dependencies",
    severity=Severity.WARNING,
    summary="Name version and commit after dependencies are compiled, or each one compiles them",
    dockerfile=_dockerfile,
)
