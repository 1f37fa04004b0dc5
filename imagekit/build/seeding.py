"""Fill a builder with what was compiled elsewhere, and keep what was compiled on it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from imagekit import eject
from imagekit.build.known_builders import note, recall
from imagekit.build.run import BuildOptions
from imagekit.build.seed import (
    Known,
    Remembered,
    SharedSeed,
    to_keep,
    to_read,
    to_remember,
    toolchain,
)
from imagekit.build.seeded import Seeded, unlisted, unread, unwritten
from imagekit.dockerfile import render
from imagekit.engine import buildx
from imagekit.engine.buildx import BuildRequest, BuildResult, IntoBuilder, IntoRegistry, Output
from imagekit.engine.client import Engine
from imagekit.engine.events import CacheFailed
from imagekit.errors import ImagekitError, RegistryUnanswered
from imagekit.lower import NONCE, SCRIPTS_STAGE, lower_fill, lower_keep
from imagekit.plan.model import Plan

LIMIT_SECONDS: Final = 120.0
"""How long a seed may take to be read, or to be written: what it saves is rarely more."""
MOUNTS: Final = "BUILDKIT_CACHE_MOUNT_NS"
"""The build argument with the name space of a builder's cache mounts (BuildKit)."""
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
    local: bool = False
    """Whether builds follow each other here, as where somebody works (`to_keep`)."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The seeds that `before` reads."""
        return to_read(self.seed, self.plan, knew=self._knew)

    def before(self) -> Seeded:
        """Take what seeds have and this builder has not; each by itself, for one may be broken.

        A seed that cannot be read is a problem of the result, and of nothing else.
        """
        done = Seeded()
        for seed in self.wanted:
            fill = render(lower_fill(self._base, seed, self.seed.names[0]))
            read = Seeded(read=(seed,))
            done = done.then(self._tried(fill, IntoBuilder(), read, partial(unread, seed)))
            if done.given_up:
                break
        return done

    def after(self, results: tuple[BuildResult, ...], done: Seeded) -> Seeded:
        """Keep what was compiled anew, and note what this builder has.

        A seed that cannot be written is a problem of the result, and of nothing else.
        """
        # Before it is noted: from then on it is known.
        knew, file = self._knew, self.known()
        builder = Remembered(knew=knew, tellable=file is not None, local=self.local)
        match to_keep(self.seed, self.plan, results, done, builder):
            case "keep":
                kept = self._kept()
            case "unlisted":
                kept = Seeded(problems=(unlisted(self.seed.writes or ""),))
            case None:
                kept = Seeded()
        known = to_remember(self.plan, results, done.then(kept), knew=knew)
        if known is not None:
            note(file, known)
        return kept

    @cached_property
    def _knew(self) -> Known | None:
        """What was known of the builder before this build, which is looked up once."""
        return recall(self.known())

    def _kept(self) -> Seeded:
        seed = self.seed.writes or ""
        keep = render(lower_keep(self._base, self.seed.looked_up))
        output = IntoRegistry(reference=seed)
        return self._tried(keep, output, Seeded(written=True), partial(unwritten, seed))

    def _tried(
        self,
        dockerfile: str,
        output: Output,
        done: Seeded,
        failed: Callable[[ImagekitError], CacheFailed],
    ) -> Seeded:
        begin = time.monotonic()
        try:
            self._build(dockerfile, output)
        except ImagekitError as err:
            problem = failed(err)
            late = time.monotonic() - begin >= LIMIT_SECONDS
            if late:
                problem = replace(problem, problem=f"it took more than {LIMIT_SECONDS:.0f} seconds")
            hidden = replace(problem, problem=self.scrub(problem.problem))
            given_up = late or isinstance(err, RegistryUnanswered)
            return Seeded(problems=(hidden,), given_up=given_up)
        return done

    @property
    def _base(self) -> str:
        return toolchain(self.plan) or "scratch"

    @property
    def _mounts(self) -> dict[str, str]:
        """Where the build itself has its cache mounts."""
        told = self.options.build_args.get(MOUNTS)
        return {} if told is None else {MOUNTS: told}

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
            build_args={**self._mounts, NONCE: uuid.uuid4().hex},
            source_date_epoch=_SETTLED,
            rewrite_timestamps=False,
            limit_seconds=LIMIT_SECONDS,
        )
        buildx.build(self.engine, request, lambda _: None)
