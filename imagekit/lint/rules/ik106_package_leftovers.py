"""IK106: package lists or caches stay in the image that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.commands import Command, Script
from imagekit.dockerfile.nodes import RunNode
from imagekit.lint.model import DockerfileFile, Edit, Fix, Hit, Rule, Severity, Span
from imagekit.lint.rules.packages import positional

_LISTS: Final = {
    "apt-get": ("update", "/var/lib/apt"),
    "apt": ("update", "/var/lib/apt"),
    "apk": ("add", "/var/cache/apk"),
    "dnf": ("install", "/var/cache/dnf"),
    "microdnf": ("install", "/var/cache/yum"),
    "yum": ("install", "/var/cache/yum"),
}
_VALUES: Final = frozenset({"-t", "--virtual", "-X", "--repository", "-o", "-c"})
_ALL: Final = ("/var/lib/", "/var/lib/apt/lists", "/var/cache", "/var/cache/*", "/var/lib/apt/*")


def _is_cleaned(run: RunNode, script: Script, program: str, folder: str) -> bool:
    mounts = [mount.get("target") or "" for mount in run.mounts if mount.type in ("cache", "tmpfs")]
    if any((target.rstrip("/") + "/").startswith(folder) for target in mounts):
        return True
    for command in script.commands:
        if command.program in ("rm", "find") and any(
            word.startswith(folder) or word in _ALL for word in command.operands
        ):
            return True
        is_clean = command.program == program and "clean" in command.operands
        if is_clean and not program.startswith("apt"):
            return True
    return False


def _fix(command: Command, end: int) -> Fix | None:
    if command.program != "apk":
        return None
    return Fix(title="Add --no-cache", edits=(Edit(Span(end, end), " --no-cache"),))


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    cleaned: dict[tuple[int, str], bool] = {}
    for step in (step for stage in file.final.lineage for step in stage.steps):
        command = step.command
        verb, folder = _LISTS.get(command.program, ("", ""))
        words = positional(command, _VALUES)
        if not words or words[0].value != verb or command.has_option("--no-cache"):
            continue
        key = (id(step.script), command.program)
        if key not in cleaned:
            cleaned[key] = _is_cleaned(step.run, step.script, command.program, folder)
        if cleaned[key]:
            continue
        span = Span(command.effective[0].span.start, words[0].span.end)
        message = f"{folder} stays in the layer: remove it in the same RUN"
        yield Hit(span=span, message=message, fix=_fix(command, words[0].span.end))


RULE = Rule(
    id="IK106",
    name="package-leftovers",
    severity=Severity.WARNING,
    summary="Leave no package lists and caches in the image: they go stale and nobody reads them",
    covers=frozenset({"DL3009", "DL3019"}),
    dockerfile=_dockerfile,
)
