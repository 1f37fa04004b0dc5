"""Try the rules of `[cache]` with the real builder, in a copy of the tree."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.build.releases import discard
from imagekit.build.run import BuildOptions, build
from imagekit.build.secrets import NetworkAccess
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent
from imagekit.engine.scratch import scratch
from imagekit.plan.inputs import stage_inputs
from imagekit.plan.model import Plan
from imagekit.project.model import Project
from imagekit.prove.edits import edited
from imagekit.prove.rules import Outcome, Trial, outcome, trials
from imagekit.settings.schema.cache import CacheRule

_NOT_COPIED: Final = (".git", "_build", "node_modules", ".elixir_ls")
"""Large, and read by no build."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a proof needs to know of a project and of the builder."""

    engine: Engine
    root: Path
    project: Project
    plan: Plan
    access: NetworkAccess
    options: BuildOptions
    compose_at: Callable[[Path], Plan]
    """Gives the plan of a tree: an edit may change it."""

    def plan_of(self, rules: tuple[CacheRule, ...]) -> tuple[Trial, ...]:
        """Say what will be edited, before anything is built.

        Raises:
            NothingToProve, InvalidValue: see `imagekit.prove.rules.trials`.
        """
        inputs = stage_inputs(self.plan, self.project)
        paths = (path for path in self.project.paths if _is_plain(self.root, path))
        return trials(rules, self.plan, inputs, paths)

    def run(
        self, planned: tuple[Trial, ...], on_event: Callable[[BuildEvent], None]
    ) -> Iterator[Outcome]:
        """Build the tree as it is, then once for each rule; give each outcome as it is there.

        Nothing is left: neither the copy nor an image.

        Raises:
            BuildError, TransientError, EngineError: see `imagekit.build.run.build`.
        """
        with scratch("prove") as folder:
            copy = folder / "tree"
            shutil.copytree(
                self.root, copy, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_COPIED)
            )
            self._build(copy, on_event)
            for trial in planned:
                with _edited(copy, trial.files):
                    result = self._build(copy, on_event)
                yield outcome(trial, result.stages, self.plan)

    def _build(self, copy: Path, on_event: Callable[[BuildEvent], None]) -> BuildResult:
        plan = self.compose_at(copy)
        result = build(self.engine, plan, copy, self.access, self.options, on_event)
        discard(self.engine, (result,))
        return result


def _is_plain(root: Path, path: PurePosixPath) -> bool:
    """Whether a file is in the tree itself: an edit through a link could reach the user's own."""
    parts = (root / each for each in (path, *path.parents) if each.parts)
    return (root / path).is_file() and not any(each.is_symlink() for each in parts)


@contextmanager
def _edited(copy: Path, files: tuple[PurePosixPath, ...]) -> Iterator[None]:
    """Edit files, and put back what they held."""
    nonce = uuid.uuid4().hex[:12]
    before = {path: (copy / path).read_bytes() for path in files}
    for path, content in before.items():
        (copy / path).write_bytes(edited(path, content, nonce))
    try:
        yield
    finally:
        for path, content in before.items():
            (copy / path).write_bytes(content)
