"""IK502: development dependencies of Node in the image that runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import Script
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.node import environment_of, install_of

_WITHOUT: Final = re.compile(
    r"--omit[= ]dev|--production(?![=]false)|--prod\b(?![=]false)|(?:^|\s)-P\b"
    r"|--only[= ]prod(?:uction)?|--no-dev"
)
_WITH: Final = re.compile(r"--include[= ]dev|--production=false|--prod=false|--dev\b")


def _is_pruned(script: Script) -> bool:
    for command in script.commands:
        if command.program in ("npm", "pnpm", "yarn") and "prune" in command.operands:
            return True
        if command.program == "rm" and any("node_modules" in word for word in command.operands):
            return True
    return False


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    pruned: dict[int, bool] = {}
    for stage in file.final.lineage:
        for step in stage.steps:
            install = install_of(step.command)
            if install is None or install.is_global or install.packages:
                continue
            given = " ".join(step.command.arguments)
            is_production = environment_of(step.command, stage, "NODE_ENV") == "production"
            if _WITHOUT.search(given) or (is_production and not _WITH.search(given)):
                continue
            key = id(step.script)
            if key not in pruned:
                pruned[key] = _is_pruned(step.script)
            if not pruned[key]:
                message = f"{install.tool} installs what only development needs into the runtime"
                yield Hit(span=step.command.span, message=message)


RULE = Rule(
    id="IK502",
    name="dev-dependencies-in-runtime",
    severity=Severity.WARNING,
    summary="Leave development dependencies out of the last stage",
    dockerfile=_dockerfile,
)
