"""IK212: a file of credentials in a layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import AddNode, CopyNode, OnbuildNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_FILE: Final = re.compile(
    r"(?:^|/)(?:\.npmrc|\.yarnrc|\.netrc|\.pypirc|\.git-credentials|\.pgpass|\.dockercfg"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|[\w.-]+_rsa|privkey\.pem|[\w.*-]+\.(?:key|p12|pfx)"
    r"|\.env(?:\.(?:prod|production|local|secrets?))?|\.ssh|\.aws|\.kube|\.docker/config\.json"
    r"|\.hex/hex\.config)/?$"
)
_WRITTEN: Final = re.compile(r"(?:^|/)(?:\.npmrc|\.netrc|\.pypirc|\.git-credentials|id_\w+)$")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        for outer in stage.instructions:
            node = outer.inner if isinstance(outer, OnbuildNode) else outer
            for word in node.sources if isinstance(node, CopyNode | AddNode) else ():
                if _FILE.search(word.value):
                    message = f"{word.value} holds credentials: it stays in a layer"
                    yield Hit(span=word.span, message=message)
        for script in (script for run in stage.runs for script in run.scripts):
            gone = {
                word
                for command in script.commands
                if command.program in ("rm", "shred")
                for word in command.operands
            }
            targets = (redirect for each in script.commands for redirect in each.redirects)
            for target in (each.target for each in targets if ">" in each.operator):
                if _WRITTEN.search(target.value) and target.value not in gone:
                    message = f"{target.value} is written into a layer and stays there"
                    yield Hit(span=target.span, message=message)


RULE = Rule(
    id="IK212",
    name="credentials-in-layer",
    severity=Severity.ERROR,
    summary="Mount files of credentials as secrets: a layer keeps what a later one removes",
    dockerfile=_dockerfile,
)
