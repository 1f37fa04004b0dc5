"""IK209: sudo in an image."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.packages import kept, plain


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    shipped = {stage.index for stage in file.final.lineage} if file.is_shipped else set()
    for stage in file.stages:
        for command in stage.commands:
            if command.words and command.words[0].value.rsplit("/", 1)[-1] == "sudo":
                yield Hit(span=command.words[0].span, message="sudo in a build that is root")
        for script in (script for run in stage.runs for script in run.scripts):
            for _, word in kept(script):
                if plain(word) == "sudo" and stage.index in shipped:
                    yield Hit(span=word.span, message="the image keeps a way to become root")


RULE = Rule(
    id="IK209",
    name="sudo",
    severity=Severity.WARNING,
    summary="Leave sudo out: a build is root already, and the image keeps a way to become it",
    covers=frozenset({"DL3004"}),
    dockerfile=_dockerfile,
)
