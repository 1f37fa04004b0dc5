"""A whole Dockerfile: stages in order, each taking from earlier ones only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from imagekit.dockerfile import grammar
from imagekit.dockerfile.instructions import Copy, From, Instruction
from imagekit.dockerfile.run import BindMount, Run
from imagekit.errors import InvalidReference


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One FROM and what follows; `comment` stands above it."""

    base: From
    instructions: tuple[Instruction, ...]
    comment: str = ""

    def used_stages(self) -> Iterator[str]:
        """Give the stages that this one copies from or mounts, in order of use."""
        for instruction in self.instructions:
            if isinstance(instruction, Copy) and instruction.from_stage is not None:
                yield instruction.from_stage
            if isinstance(instruction, Run):
                for mount in instruction.mounts:
                    if isinstance(mount, BindMount) and mount.from_stage is not None:
                        yield mount.from_stage


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """A whole file. A stage takes from earlier stages only, and each name is given once."""

    stages: tuple[Stage, ...]
    comment: str = ""

    def __post_init__(self) -> None:
        grammar.require(holds=bool(self.stages), key="FROM", problem="there is no stage")
        earlier: set[str] = set()
        for stage in self.stages:
            for name in stage.used_stages():
                if name not in earlier:
                    raise InvalidReference(reference=name, problem="no earlier stage has this name")
            if stage.base.name in earlier:
                raise InvalidReference(
                    reference=stage.base.name, problem="two stages have this name"
                )
            if stage.base.name is not None:
                earlier.add(stage.base.name)
