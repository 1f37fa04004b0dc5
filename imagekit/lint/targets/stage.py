"""One stage as rules see it: what it starts from, and what is in force at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar

from imagekit.dockerfile.commands import SHELLS, Command, Script
from imagekit.dockerfile.nodes import (
    AddNode,
    ArgNode,
    CmdNode,
    CopyNode,
    EntrypointNode,
    EnvNode,
    FromNode,
    Instruction,
    LabelNode,
    ParsedStage,
    RunNode,
    ShellNode,
    StopSignalNode,
    UserNode,
)
from imagekit.dockerfile.parts import ExecForm, Form, Node, Pair
from imagekit.dockerfile.words import Word, expanded
from imagekit.errors import InvalidReference
from imagekit.refs import Reference

AnyNode = TypeVar("AnyNode", bound=Node)

SCRATCH: Final = "scratch"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One simple command of a RUN."""

    run: RunNode
    script: Script
    command: Command


@dataclass(frozen=True, kw_only=True, eq=False)
class StageFacts:
    """One stage."""

    index: int
    parsed: ParsedStage
    base: str | None
    """What FROM names, build arguments at their defaults; `None` where a value is not known."""
    parent: StageFacts | None
    """The earlier stage that it starts from; `None` when it starts from an image."""
    global_arguments: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def start(self) -> FromNode:
        """Its FROM."""
        return self.parsed.start

    @property
    def name(self) -> str | None:
        """Its name in lower case."""
        return self.start.name.value if self.start.name is not None else None

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Its instructions, without the FROM."""
        return self.parsed.instructions

    @cached_property
    def lineage(self) -> tuple[StageFacts, ...]:
        """The stages that it starts from, the first one first, and itself."""
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return tuple(reversed(found))

    @property
    def root_base(self) -> str | None:
        """The image at the root of its lineage; `None` where that is not known."""
        return self.lineage[0].base

    @cached_property
    def reference(self) -> Reference | None:
        """The image at the root of its lineage, parsed; `None` for scratch and unknown ones."""
        base = self.root_base
        if base is None or base == SCRATCH:
            return None
        try:
            return Reference.parse(base)
        except InvalidReference:
            return None

    def own(self, kind: type[AnyNode]) -> Iterator[AnyNode]:
        """Give its own instructions of a type, in order."""
        return (each for each in self.instructions if isinstance(each, kind))

    def all(self, kind: type[AnyNode]) -> Iterator[AnyNode]:
        """Give the instructions of a type in its lineage, in order."""
        return (each for stage in self.lineage for each in stage.own(kind))

    def last(self, kind: type[AnyNode]) -> AnyNode | None:
        """Give the last instruction of a type in its lineage: the one in force at its end."""
        return next(
            (
                each
                for stage in reversed(self.lineage)
                for each in reversed(stage.instructions)
                if isinstance(each, kind)
            ),
            None,
        )

    @property
    def runs(self) -> Iterator[RunNode]:
        """Its own RUN instructions."""
        return self.own(RunNode)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every simple command of its own RUNs; none where SHELL names no POSIX shell."""
        found: list[Step] = []
        shell = self.parent.shell_at_end if self.parent is not None else "sh"
        for node in self.instructions:
            if isinstance(node, ShellNode):
                shell = _shell_name(node)
            elif isinstance(node, RunNode) and (shell in SHELLS or isinstance(node.form, ExecForm)):
                found.extend(
                    Step(run=node, script=script, command=command)
                    for script in node.scripts
                    for command in script.commands
                )
        return tuple(found)

    @cached_property
    def shell_at_end(self) -> str:
        """The name of the shell in force at its end: `sh` where nothing says another."""
        shell = self.last(ShellNode)
        return _shell_name(shell) if shell is not None else "sh"

    @property
    def commands(self) -> Iterator[Command]:
        """Every simple command of its own RUNs."""
        return (step.command for step in self.steps)

    @cached_property
    def environment(self) -> Mapping[str, Pair]:
        """Variables that ENV sets in its lineage, the last value of each."""
        return {pair.name: pair for node in self.all(EnvNode) for pair in node.pairs}

    @cached_property
    def labels(self) -> Mapping[str, Pair]:
        """Labels that LABEL sets in its lineage, the last value of each."""
        return {pair.name: pair for node in self.all(LabelNode) for pair in node.pairs}

    @cached_property
    def variables(self) -> Mapping[str, str | None]:
        """What a word at its end may use: ARG at their defaults and ENV; `None` is unknown."""
        known: dict[str, str | None] = {}
        for node in (each for stage in self.lineage for each in stage.instructions):
            if isinstance(node, ArgNode):
                for pair in node.pairs:
                    default = self.global_arguments.get(pair.name)
                    known[pair.name] = expanded(pair.value.value, known) if pair.value else default
            elif isinstance(node, EnvNode):
                for pair in node.pairs:
                    known[pair.name] = expanded(pair.value.value, known) if pair.value else None
        return known

    def resolve(self, word: Word | str) -> str | None:
        """Give a word with ARG defaults and ENV put in; `None` where a value is not known."""
        text = word if isinstance(word, str) else word.value
        return expanded(text, self.variables) if "$" in text else text

    @property
    def user(self) -> UserNode | None:
        """The USER in force at its end."""
        return self.last(UserNode)

    @property
    def stop_signal(self) -> StopSignalNode | None:
        """The STOPSIGNAL in force at its end."""
        return self.last(StopSignalNode)

    @property
    def entrypoint(self) -> EntrypointNode | None:
        """The ENTRYPOINT in force at its end."""
        return self.last(EntrypointNode)

    @property
    def cmd(self) -> CmdNode | None:
        """The CMD in force at its end; an ENTRYPOINT after it in a later stage takes it away."""
        for stage in reversed(self.lineage):
            own = [*stage.own(CmdNode)]
            if own or any(stage.own(EntrypointNode)):
                return own[-1] if own else None
        return None

    @property
    def start_form(self) -> Form | None:
        """What starts the container, as written: the entry point's form, else the command's."""
        node = self.entrypoint or self.cmd
        return node.form if node is not None else None

    @property
    def copies(self) -> Iterator[CopyNode | AddNode]:
        """Its own COPY and ADD instructions."""
        return (each for each in self.instructions if isinstance(each, CopyNode | AddNode))

    @cached_property
    def takes_from(self) -> tuple[str, ...]:
        """What it copies or mounts from, as written: stages by name or number, or images."""
        found: list[str] = []
        for node in self.instructions:
            if isinstance(node, CopyNode) and node.source_stage and node.source_stage.value:
                found.append(node.source_stage.value)
            elif isinstance(node, RunNode):
                found.extend(value for mount in node.mounts if (value := mount.get("from")))
        return tuple(dict.fromkeys(found))


def _shell_name(node: ShellNode) -> str:
    return node.form.words[0].value.replace("\\", "/").rsplit("/", 1)[-1].lower()
