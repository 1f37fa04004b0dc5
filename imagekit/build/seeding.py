"""Fill a builder with what was compiled elsewhere, and keep what was compiled on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from imagekit import eject
from imagekit.build.known_builders import is_known, note
from imagekit.build.run import BuildOptions
from imagekit.build.seed import (
    Seeded,
    SharedSeed,
    is_written,
    to_read,
    toolchain,
    unread,
    unwritten,
)
from imagekit.dockerfile import render
from imagekit.engine import buildx
from imagekit.engine.buildx import BuildRequest, BuildResult, IntoBuilder, IntoRegistry, Output
from imagekit.engine.client import Engine
from imagekit.engine.events import CacheFailed
from imagekit.errors import ImagekitError
from imagekit.lower import NONCE, SCRIPTS_STAGE, lower_fill, lower_keep
from imagekit.plan.model import Plan

LIMIT_SECONDS: Final = 120.0
"""How long a seed may take to be read, or to be written: what it saves is rarely more."""
_SETTLED: Final = 315_532_800
"""1980, as `scripts/settle` gives it to files: an image of the same layers is the same image."""


@dataclass(frozen=True, kw_only=True)
class Seeding:
    """What the small builds of a seed need to know."""

    engine: Engine
    plan: Plan
    """Of any release: what compiles is the same in all."""
    seed: SharedSeed
    options: BuildOptions
    known: Callable[[], Path | None]
    """Gives a file that is there where the builder has built the project (`known_builders`).

    Asked again after the build: one that was not started could not be told from others before."""
    scrub: Callable[[str], str]

    @property
    def wanted(self) -> tuple[str, ...]:
        """The seeds that `before` reads."""
        return to_read(self.seed, self.plan, known=self._was_known)

    def before(self) -> Seeded:
        """Take what seeds have and this builder has not; each by itself, for one may be broken.

        A seed that cannot be read is a problem of the result, and of nothing else.
        """
        done = Seeded()
        for seed in self.wanted:
            try:
                self._build(render(lower_fill(self._base, seed, self.seed.names[0])), IntoBuilder())
            except ImagekitError as err:
                done = done.then(Seeded(problems=(self._scrubbed(unread(seed, err)),)))
            else:
                done = done.then(Seeded(read=(seed,)))
        return done

    def after(self, results: tuple[BuildResult, ...], done: Seeded) -> Seeded:
        """Note that this builder has built the project, and keep what was compiled anew.

        A seed that cannot be written is a problem of the result, and of nothing else.
        """
        was_known, file = self._was_known, self.known()
        first = file is not None and not was_known and not done.read
        note(file)
        seed = self.seed.writes
        if seed is None or not is_written(self.seed, self.plan, results, first=first):
            return Seeded()
        try:
            keep = render(lower_keep(self._base, self.seed.looked_up))
            self._build(keep, IntoRegistry(reference=seed))
        except ImagekitError as err:
            return Seeded(problems=(self._scrubbed(unwritten(seed, err)),))
        return Seeded(written=True)

    @cached_property
    def _was_known(self) -> bool:
        """Whether the builder was known before this build, which is asked once."""
        return is_known(self.known())

    @property
    def _base(self) -> str:
        return toolchain(self.plan) or "scratch"

    def _build(self, dockerfile: str, output: Output) -> None:
        request = BuildRequest(
            # Nothing is taken from a context but the scripts.
            context=eject.SCRIPTS,
            dockerfile=dockerfile,
            output=output,
            build_contexts={**self.options.build_contexts, SCRIPTS_STAGE: eject.SCRIPTS},
            platform=self.options.platform,
            builder=self.options.builder,
            network="none",
            build_args={NONCE: uuid.uuid4().hex},
            source_date_epoch=_SETTLED,
            rewrite_timestamps=False,
            limit_seconds=LIMIT_SECONDS,
        )
        buildx.build(self.engine, request, lambda _: None)

    def _scrubbed(self, problem: CacheFailed) -> CacheFailed:
        return replace(problem, problem=self.scrub(problem.problem))
