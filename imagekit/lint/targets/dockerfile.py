"""A Dockerfile as rules see it: stages with their bases resolved, and which of them are shipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from imagekit.dockerfile.nodes import ParsedDockerfile
from imagekit.dockerfile.text import Text
from imagekit.dockerfile.words import expanded
from imagekit.lint.targets.naming import is_for_development
from imagekit.lint.targets.stage import StageFacts
from imagekit.project.model import Project

_DEEPEST: Final = 100
"""Stages that start from each other, beyond which a base counts as unknown."""

# docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
_PREDEFINED: Final = (
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class DockerfileFile:
    """A whole Dockerfile."""

    parsed: ParsedDockerfile
    composed: bool = False
    """Whether imagekit composed it just now: it is in no file, and no fix can change it."""
    find_project: Callable[[], Project | None] = lambda: None

    @property
    def text(self) -> Text:
        """The file's text."""
        return self.parsed.text

    @cached_property
    def project(self) -> Project | None:
        """The Elixir project that the file stands in, when there is one that can be read."""
        return self.find_project()

    @cached_property
    def is_shipped(self) -> bool:
        """Whether it is for what runs in production: its name says nothing of development or tests.

        `Dockerfile.dev`, `test.Dockerfile` and `.devcontainer/Dockerfile` are not.
        """
        return not is_for_development(self.text.file)

    @cached_property
    def global_arguments(self) -> Mapping[str, str | None]:
        """ARG before the first FROM, with their defaults; `None` without one."""
        known: dict[str, str | None] = dict.fromkeys(_PREDEFINED)
        for node in self.parsed.arguments:
            for pair in node.pairs:
                known[pair.name] = expanded(pair.value.value, known) if pair.value else None
        return known

    @cached_property
    def stages(self) -> tuple[StageFacts, ...]:
        """The stages in order."""
        found: list[StageFacts] = []
        names: dict[str, StageFacts] = {}
        for index, parsed in enumerate(self.parsed.stages):
            base = expanded(parsed.start.image.value, self.global_arguments)
            parent = names.get(base.lower()) if base is not None else None
            if parent is not None and len(parent.lineage) >= _DEEPEST:
                base, parent = None, None
            stage = StageFacts(
                index=index,
                parsed=parsed,
                base=base,
                parent=parent,
                global_arguments=self.global_arguments,
            )
            found.append(stage)
            if stage.name is not None:
                names[stage.name] = stage
        return tuple(found)

    @property
    def final(self) -> StageFacts:
        """The last stage: the runtime image."""
        return self.stages[-1]

    def stage(self, name: str) -> StageFacts | None:
        """Look a stage up by name or number, as `COPY --from` does; `None` for an image."""
        lower = name.lower()
        found = [each for each in self.stages if each.name == lower]
        if found:
            return found[-1]
        if lower.isdecimal() and len(lower) < 6 and int(lower) < len(self.stages):  # noqa: PLR2004
            return self.stages[int(lower)]
        return None

    @cached_property
    def builders(self) -> tuple[StageFacts, ...]:
        """Stages that the final image does not contain: neither it nor what it starts from."""
        return tuple(stage for stage in self.stages if stage not in self.final.lineage)

    @cached_property
    def used(self) -> tuple[StageFacts, ...]:
        """Stages that building the last one needs, it included, in order."""
        wanted: set[int] = set()
        waiting = [self.final]
        while waiting:
            stage = waiting.pop()
            if stage.index in wanted:
                continue
            wanted.add(stage.index)
            taken = (self.stage(name) for name in stage.takes_from)
            waiting.extend(each for each in (stage.parent, *taken) if each is not None)
        return tuple(stage for stage in self.stages if stage.index in wanted)
