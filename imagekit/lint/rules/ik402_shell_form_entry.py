"""IK402: a shell is the first process of the container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.dockerfile.nodes import CmdNode, EntrypointNode, ShellNode
from imagekit.dockerfile.parts import ExecForm
from imagekit.dockerfile.shell import parse_script
from imagekit.lint.model import DockerfileFile, Hit, ManifestFile, Rule, Severity
from imagekit.lint.rules.starting import commands_of, exec_form, script_of, steps_aside
from imagekit.lint.targets.yaml import YamlScalar, YamlSequence

_MESSAGE: Final = "a shell is the first process, and SIGTERM ends at it"
_STARTS_NOTHING: Final = frozenset({"PodTemplate"})


def _runs_on(kind: str) -> bool:
    """Tell whether pods of a kind are kept running: those of jobs end by themselves."""
    return not kind.endswith("Job") and kind not in _STARTS_NOTHING


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    # Docker ignores a CMD beside a shell-form ENTRYPOINT and hands it to one in exec form, as it
    # hands over the shell of a shell-form CMD: where both are, neither is rewritten alone.
    with_cmd, with_entry = _holding(file, CmdNode), _holding(file, EntrypointNode)
    for stage in file.stages:
        plain = stage.last(ShellNode) is None
        for node in stage.instructions:
            if not isinstance(node, CmdNode | EntrypointNode):
                continue
            form = node.form
            in_shell = not isinstance(form, ExecForm) or script_of(form.values) is not None
            if not in_shell or steps_aside(commands_of(form)):
                continue
            others = with_cmd if isinstance(node, EntrypointNode) else with_entry
            fix = exec_form(node) if plain and stage.index not in others else None
            yield Hit(span=form.span, message=_MESSAGE, fix=fix)


def _holding(file: DockerfileFile, kind: type[CmdNode | EntrypointNode]) -> set[int]:
    """Give the stages that have such an instruction, in them, below them or above them."""
    having = (stage for stage in file.stages if stage.last(kind) is not None)
    return {each.index for stage in having for each in stage.lineage}


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for workload in file.workloads:
        for container in workload.containers if _runs_on(workload.kind) else ():
            given = container.node.get("command")
            if container.is_init or not isinstance(given, YamlSequence):
                continue
            more = container.node.get("args")
            behind = more.items if isinstance(more, YamlSequence) else []
            words = [each for each in (*given.items, *behind) if isinstance(each, YamlScalar)]
            at = script_of(tuple(word.value for word in words))
            if at is not None and not steps_aside(_script(words[at])):
                yield Hit(span=words[at].span, message=_MESSAGE)


def _script(word: YamlScalar) -> tuple[Command, ...]:
    return parse_script(word.value, lambda _start, _end: word.span).commands


RULE = Rule(
    id="IK402",
    name="shell-form-entry",
    severity=Severity.WARNING,
    summary="Start the program itself, in exec form: a shell keeps SIGTERM for itself",
    covers=frozenset({"DL3025", "JSONArgsRecommended"}),
    dockerfile=_dockerfile,
    manifest=_manifest,
)
