"""Where a stage fetches and compiles dependencies; the rules on caching share it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from imagekit.dockerfile.commands import Command
from imagekit.dockerfile.nodes import AddNode, CopyNode, Instruction
from imagekit.dockerfile.words import Word
from imagekit.lint.model import DockerfileFile, Span

_COMPILES: Final = frozenset({"compile", "release", "assets.deploy", "phx.digest", "do"})
_NODE: Final = {
    "npm": frozenset({"ci", "install", "i"}),
    "pnpm": frozenset({"install", "i", "fetch"}),
    "yarn": frozenset({"install"}),
}


def late(file: DockerfileFile, wanted: frozenset[str]) -> Iterator[tuple[Word, str]]:
    """Give sources from the context that stand before dependencies are fetched or compiled.

    Args:
        file: the Dockerfile.
        wanted: last parts of the sources that count; `.` is the whole context.

    Each source comes once, with what it stands before, as `mix deps.get`.
    """
    for node, before in early(file):
        if isinstance(node, CopyNode | AddNode) and node.flag("from") is None:
            for word in node.sources:
                if last_part(word.value) in wanted:
                    yield word, before


def early(file: DockerfileFile) -> Iterator[tuple[Instruction, str]]:
    """Give each instruction that stands before work on dependencies, once, with that work."""
    seen: set[Span] = set()
    parents = {stage.parent.index for stage in file.stages if stage.parent is not None}
    for stage in file.stages:
        if stage.index in parents:
            continue  # what starts from it shows all that it does, and what follows
        line = [each for part in stage.lineage for each in part.instructions]
        work: dict[Span, set[str]] = {}
        for step in (step for part in stage.lineage for step in part.steps):
            work.setdefault(step.run.span, set()).update(_work(step.command))
        places: dict[str, tuple[int, int]] = {}
        for at, node in enumerate(line):
            for task in work.get(node.span, ()):
                places[task] = (places.get(task, (at, at))[0], at)
        for at, node in enumerate(line):
            if node.span not in seen and (before := _behind(places, at)):
                seen.add(node.span)
                yield node, before


def last_part(source: str) -> str:
    """Give the last part of a source's path: `.` for the whole context."""
    parts = [part for part in source.split("/") if part not in ("", ".")]
    return parts[-1] if parts else "."


def _behind(places: Mapping[str, tuple[int, int]], at: int) -> str:
    """Give the first work on dependencies that stands behind, and is not done before."""
    before = {task for task, (first, _) in places.items() if first < at}
    after = {task for task, (_, last) in places.items() if last > at}
    for task in ("mix deps.get", "mix deps.compile"):
        if task in after and task not in before:
            return task
    if "mix deps.get" in before and "mix deps.compile" not in before and "mix" in after:
        return "the dependencies' compilation"
    # npm finds its own folder: a second project's install is not behind the first one's code
    node = sorted(each for each in after if each.startswith("node "))
    if node and not any(each.startswith("node ") for each in before):
        return node[0].removeprefix("node ")
    return ""


def _work(command: Command) -> Iterator[str]:
    words = [word.rstrip(",") for word in command.operands]
    if "mix" in command.values or any(word.endswith("/mix") for word in command.values):
        words = [word.value.rstrip(",") for word in command.words]
        for task in ("deps.get", "deps.compile"):
            if task in words:
                yield f"mix {task}"
        if _COMPILES & set(words):
            yield "mix"
    elif any(word in _NODE.get(command.program, ()) for word in words):
        verb = next(word for word in words if word in _NODE[command.program])
        if not command.has_option("-g", "--global"):
            yield f"node {command.program} {verb}"
    elif command.program == "yarn" and not words:
        yield "node yarn"
