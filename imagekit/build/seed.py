"""What a branch compiled last, as an image beside its cache in the registry: the decisions. Pure.

A fresh builder takes what was compiled of each dependency from there (`scripts/compiled.exs`), so
that one that moved does not have all of them compiled again. A seed is read before a build and
written after it, by small builds of their own (`imagekit.build.seeding`): nothing of the image
depends on it, and an entry in it is used only where its key and its digest fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self

from imagekit.build.cache import LONGEST_TAG, OF_A_SEED, SharedCache, tag_of
from imagekit.build.seeded import UNLISTED, Seeded
from imagekit.engine.buildx import BuildResult
from imagekit.plan.model import Plan
from imagekit.plan.steps import CompileApp, CompileDependencies
from imagekit.refs import Reference

Known = Literal["built", "kept", "unlisted", "cached"]
"""What is remembered of a builder that has built the project.

`kept`: of the dependencies in its cache a seed was written. `unlisted`: which of them are used it
does not know, because their layer came from elsewhere; nothing can be kept until they are compiled.
`cached`: as that, and nothing was compiled on it: a seed has more.
"""


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What a builder is to a build."""

    knew: Known | None
    """What was remembered of it before; `None`: it is a stranger."""
    tellable: bool
    """Whether it can be told from others; if not it is a stranger each time."""
    local: bool
    """Whether builds follow each other on it. A seed helps others then, for whom dependencies
    count: it is not written for each module."""


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

    def limited(self, *, reads: bool, writes: bool) -> Self:
        """Give what is left where a build may not read, or not write."""
        return replace(
            self, reads=self.reads if reads else (), writes=self.writes if writes else None
        )

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


def to_read(seed: SharedSeed, plan: Plan, *, knew: Known | None) -> tuple[str, ...]:
    """Give the seeds to read: none where the builder has compiled the project before."""
    return seed.reads if knew in (None, "cached") and toolchain(plan) is not None else ()


def to_keep(
    seed: SharedSeed,
    plan: Plan,
    results: Iterable[BuildResult],
    done: Seeded,
    builder: Remembered,
) -> Literal["keep", "unlisted"] | None:
    """Say whether there is something new to keep: `unlisted` where it is not known what.

    Args:
        seed: what may be written.
        plan: which stages compile.
        results: of all releases.
        done: what became of reading.
        builder: what it is to this build. On a stranger there may be something though no stage
            that compiles ran, where it is remembered from then on.
    """
    results = tuple(results)
    if seed.writes is None or done.given_up:
        return None
    if _ran(plan, results, CompileDependencies):
        return "keep"
    stranger = builder.knew is None and not done.read
    first = stranger and builder.tellable
    if not (first or _ran(plan, results, CompileApp)) or _lists_nothing(builder.knew, done):
        return None
    if stranger and any(each.caches_read for each in results):
        return "unlisted"
    return None if builder.local and builder.knew == "kept" else "keep"


def to_remember(
    plan: Plan, results: tuple[BuildResult, ...], done: Seeded, *, knew: Known | None
) -> Known | None:
    """Say what is known of a builder after a build; `None`: nothing new, or nothing.

    One on which nothing was compiled and that took no seed has not what a seed has.
    """
    if done.written:
        return "kept"
    if _ran(plan, results, CompileDependencies):
        return "built"
    compiled = knew == "unlisted" or _ran(plan, results, CompileApp)
    if _lists_nothing(knew, done) or any(each.problem == UNLISTED for each in done.problems):
        return "unlisted" if compiled else "cached"
    return ("kept" if knew == "kept" else "built") if done.read or compiled else None


def _lists_nothing(knew: Known | None, done: Seeded) -> bool:
    """Whether it is known that a builder cannot tell which dependencies are used: a seed would."""
    return knew in ("unlisted", "cached") and not done.read


def _ran(
    plan: Plan, results: Iterable[BuildResult], step: type[CompileDependencies | CompileApp]
) -> bool:
    """Whether a stage with such a step ran, of whatever release."""
    of_it = {each.name for each in plan.stages if any(isinstance(s, step) for s in each.steps)}
    return any(
        not stage.cached and stage.name in of_it for result in results for stage in result.stages
    )


def _compiling(plan: Plan) -> tuple[str, ...]:
    """Give the stages whose steps read and write what is compiled once."""
    return tuple(
        stage.name
        for stage in plan.stages
        if any(isinstance(step, CompileDependencies | CompileApp) for step in stage.steps)
    )
