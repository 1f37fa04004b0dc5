"""What a branch compiled last, as an image beside its cache in the registry: the decisions. Pure.

A fresh builder takes what was compiled of each dependency from there (`scripts/compiled.exs`), so
that one that moved does not have all of them compiled again. A seed is read before a build and
written after it, by small builds of their own (`imagekit.build.seeding`): nothing of the image
depends on it, and an entry in it is used only where its key and its digest fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from imagekit.build.cache import LONGEST_TAG, OF_A_SEED, SharedCache, tag_of
from imagekit.engine.buildx import BuildResult
from imagekit.engine.events import CacheFailed, Step
from imagekit.errors import BaseImageNotFound, BuildFailed, ImagekitError
from imagekit.plan.model import Plan
from imagekit.plan.steps import CompileApp, CompileDependencies
from imagekit.refs import Reference


@dataclass(frozen=True, kw_only=True)
class SharedSeed:
    """The seeds of one build."""

    reads: tuple[str, ...] = ()
    writes: str | None = None
    names: tuple[str, ...] = ()
    """Names of the lists of what was used: this branch's, then the main one's.

    Not the branch's own, which may be any text: a part of a digest."""
    tree: str | None = None
    """Name of the list of what was used where the tree lies, whatever the branch."""

    @property
    def written_under(self) -> tuple[str, ...]:
        """The names under which a build notes what it uses; also one that shares nothing.

        Else the first that does would have nothing to keep where all of it is cached.
        """
        return (*self.names[:1], *self._tree)

    @property
    def looked_up(self) -> tuple[str, ...]:
        """The names under which what was used is looked for."""
        return (*self.names, *self._tree)

    @property
    def _tree(self) -> tuple[str, ...]:
        return () if self.tree is None else (self.tree,)


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What became of the seeds of a build."""

    read: tuple[str, ...] = ()
    written: bool = False
    problems: tuple[CacheFailed, ...] = ()

    def then(self, later: Seeded) -> Seeded:
        """Give both as one."""
        return Seeded(
            read=(*self.read, *later.read),
            written=self.written or later.written,
            problems=(*self.problems, *later.problems),
        )


def name_of(text: str) -> str:
    """Give a name that tells nobody what it is of."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def shared_seed(cache: SharedCache, *, tree: str) -> SharedSeed:
    """Say which seeds lie beside the caches of a branch.

    Args:
        tree: where the project lies.
        cache: what a build of the branch may read and write, whichever release it is of: what is
            compiled is the same for all of them.
    """
    return SharedSeed(
        reads=tuple(map(_beside, cache.reads)),
        writes=None if cache.writes is None else _beside(cache.writes),
        names=tuple(map(name_of, cache.reads)),
        tree=name_of(tree),
    )


def _beside(cache: str) -> str:
    place = Reference.parse(cache)
    tag = tag_of(place.tag or "latest", longest=LONGEST_TAG - len(OF_A_SEED))
    return str(Reference(name=place.name, tag=f"{tag}{OF_A_SEED}"))


def toolchain(plan: Plan) -> str | None:
    """Give the image that compiles; `None` where nothing is compiled by a script of ours."""
    bases = {stage.name: stage.base.value for stage in plan.stages}
    base = next((bases[name] for name in _compiling(plan)), None)
    while base is not None and base in bases:
        base = bases[base]
    return base


def to_read(seed: SharedSeed, plan: Plan, *, known: bool) -> tuple[str, ...]:
    """Give the seeds to read: none where the builder has built the project before."""
    return () if known or toolchain(plan) is None else seed.reads


def is_written(
    seed: SharedSeed, plan: Plan, results: Iterable[BuildResult], *, first: bool
) -> bool:
    """Whether there may be something new to keep.

    A stage that compiles ran, of whatever release, or there was no seed and this is the `first`
    build for one.
    """
    compiling = _compiling(plan)
    ran = any(
        not stage.cached and stage.name in compiling
        for result in results
        for stage in result.stages
    )
    return seed.writes is not None and (ran or first)


def _compiling(plan: Plan) -> tuple[str, ...]:
    """Give the stages whose steps read and write what is compiled once."""
    return tuple(
        stage.name
        for stage in plan.stages
        if any(isinstance(step, CompileDependencies | CompileApp) for step in stage.steps)
    )


def unread(seed: str, err: ImagekitError) -> CacheFailed:
    """Say why a seed was not read, as of a cache."""
    step = Step(stage=None, number=0, count=0, text=f"reading {seed}")
    return CacheFailed(step=step, during="read", cache=seed, problem=_problem(err))


def unwritten(seed: str, err: ImagekitError) -> CacheFailed:
    """Say why a seed was not written, as of a cache."""
    step = Step(stage=None, number=0, count=0, text=f"writing {seed}")
    return CacheFailed(step=step, during="write", cache=seed, problem=_problem(err))


def _problem(err: ImagekitError) -> str:
    """Give the last word: of a step's output, of a registry, of the builder."""
    match err:
        case BaseImageNotFound(problem=problem):
            return problem
        case BuildFailed(output=(*_, last)):
            return last
        case _:
            return next(reversed(err.found.splitlines()), err.what)
