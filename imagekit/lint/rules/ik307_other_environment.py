"""IK307: what is shipped was compiled for another Mix environment than prod."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, EnvNode
from imagekit.dockerfile.text import Span
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.mix import RELEASES, built, releases, variable
from imagekit.lint.targets.stage import StageFacts

_COMPILES: Final = frozenset({"compile", "deps.compile", "phx.digest", "assets.deploy"})
_NAME: Final = "MIX_ENV"


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    wanted = RELEASES if releases(file) else _COMPILES
    seen: set[Span] = set()
    for stage in file.used:
        for step, task in built(stage):
            is_set, value = variable(_NAME, step, stage)
            if task.name not in wanted or (is_set and value in (None, "prod")):
                continue
            span = _setting(stage) if is_set else None
            if is_set:
                message = f"{_NAME} is {value}: it is not what production should run"
            else:
                message = f"{_NAME} is not set: mix {task.name} works for development"
            found = span or task.word.span
            if found not in seen:
                seen.add(found)
                yield Hit(span=found, message=message)
            if not is_set:
                break


def _setting(stage: StageFacts) -> Span | None:
    pairs = [
        pair
        for part in stage.lineage
        for node in part.instructions
        if isinstance(node, ArgNode | EnvNode)
        for pair in node.pairs
        if pair.name == _NAME
    ]
    return pairs[-1].span if pairs else None


RULE = Rule(
    id="IK307",
    name="other-environment",
    severity=Severity.ERROR,
    summary="Compile what you ship with MIX_ENV=prod, and let config/runtime.exs tell stages apart",
    dockerfile=_dockerfile,
)
