"""IK206: a download that a shell runs unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import SHELLS, Command
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_FETCHES: Final = ("curl", "wget")
_INLINE: Final = re.compile(r"(?:\$\(|`)\s*(?:curl|wget)\s")

_SUBSTITUTED: Final = re.compile(r"(?:[\w./-]{0,40}sh|source|\.)\s+<\(\s*(?:curl|wget)\s")


def _reads_input(command: Command) -> bool:
    if command.program not in SHELLS:
        return False
    operands = command.operands
    if command.program == "busybox":
        return operands[:1] in (("sh",), ("ash",))
    if command.has_option("-c"):
        return False
    return command.has_option("-s") or not operands or operands[0] == "/dev/stdin"


def _runs_inline(command: Command) -> bool:
    is_shell = command.program in SHELLS and command.has_option("-c")
    return (is_shell or command.program in ("eval", "source", ".")) and any(
        _INLINE.search(word.raw) for word in command.effective[1:]
    )


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    scripts = (script for stage in file.stages for run in stage.runs for script in run.scripts)
    for script in scripts:
        for pipeline in script.pipelines:
            is_fetched = False
            for command in pipeline:
                if is_fetched and _reads_input(command):
                    message = f"{command.program} runs whatever the server sends"
                    yield Hit(span=command.span, message=message)
                is_fetched = is_fetched or command.program in _FETCHES
        for command in script.commands:
            is_substituted = _SUBSTITUTED.match(file.text.content, command.span.start)
            if is_substituted or _runs_inline(command):
                message = f"{command.program} runs whatever the server sends"
                yield Hit(span=command.span, message=message)


RULE = Rule(
    id="IK206",
    name="pipe-to-shell",
    severity=Severity.ERROR,
    summary="Check a download before it is run: fetch it, compare its checksum, then run it",
    dockerfile=_dockerfile,
)
