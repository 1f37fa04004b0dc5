"""IK307: what is shipped was compiled for another Mix environment than prod."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ArgNode, EnvNode
from imagekit.dockerfile.text import Span
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.mix import RELEASES, releases, with_variable
from imagekit.lint.targets.stage import StageFacts

_COMPILES: Final = frozenset({"compile", "deps.compile", "phx.digest", "assets.deploy"})
_NAME: Final = "MIX_ENV"


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    wanted = RELEASES if releases(file) else _COMPILES
    seen: set[Span] = set()
    for stage in file.used:
        setting = _setting(stage)
        for run in with_variable(stage, _NAME):
            if run.task.name not in wanted or (run.is_set and run.value in (None, "prod")):
                continue
            message = f"{_NAME} is not set: mix {run.task.name} works for development"
            if run.is_set:
                message = f"{_NAME} is {run.value}: it is not what production should run"
            span = (setting if run.is_set else None) or run.task.word.span
            if span not in seen:
                seen.add(span)
                yield Hit(span=span, message=message)
            if not run.is_set:
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
