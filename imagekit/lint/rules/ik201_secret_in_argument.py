"""IK201: a secret in ARG or ENV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, EnvNode, OnbuildNode, Pair
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_NAME: Final = re.compile(
    r"(?:^|_)(?:password|passwd|pword|passphrase|secrets?|token|credentials?|apikey"
    r"|(?:api|access|private|secret|encryption|signing|master|deploy|ssh|license|storage)_?key)"
    r"(?:_base|_id|_base64|_b64|$)|(?:^|_)(?:secret|password|passwd|token|credentials?)_"
    r"|(?:^|_)(?:npm|composer|basic|docker|registry)_?auth$|^_?auth$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?:^|_)public(?:_|$)|_(?:file|path|dir|name|length|size|ttl|age|expiry|expires|lifetime"
    r"|timeout|url|uri|host|header|alg|algorithm|issuer|audience|type|enabled|version|count|limit"
    r"|prefix|format|provider|manager|store|backend|mode|policy|project|region|dummy)$",
    re.IGNORECASE,
)
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
    if not _NAME.search(pair.name) or _ABOUT.search(pair.name):
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
                where = "the build's history" if is_argument else "the image's configuration"
                yield Hit(span=pair.span, message=f"{pair.name} is a secret that stays in {where}")


RULE = Rule(
    id="IK201",
    name="secret-in-argument",
    severity=Severity.ERROR,
    summary="Give secrets to a build as secret mounts, and to a container when it starts",
    covers=frozenset({"SecretsUsedInArgOrEnv"}),
    dockerfile=_dockerfile,
)
