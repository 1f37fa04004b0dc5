"""The registry as cache: which tags a build reads and which it writes. Pure.

One reference holds a tag a branch. A build reads its own branch's and the main branch's, and
writes its own. A request (to pull, to merge) has a tag of its own beside its branch's, for its
branch may be a stranger's with a name of ours: no request writes what a branch reads. That is an
order among builds that keep to it; whoever may write to the registry may write any tag.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final, Self

from imagekit.build.branch import Branches
from imagekit.engine.buildx import BuildResult
from imagekit.engine.request import fields
from imagekit.errors import InvalidReference
from imagekit.plan.model import Plan
from imagekit.refs import Reference

OF_A_SEED: Final = "-compiled"
"""How the tag of what lies beside a cache ends (`imagekit.build.seed`), and none of a cache."""
LONGEST_TAG: Final = 128
_REQUEST: Final = "request-"
_BRANCH: Final = "branch-"
_HASH: Final = 8
_NOT_IN_A_TAG: Final = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, kw_only=True)
class SharedCache:
    """The tags of one build."""

    reads: tuple[str, ...] = ()
    writes: str | None = None

    def limited(self, *, reads: bool, writes: bool) -> Self:
        """Give what is left where a build may not read, or not write."""
        return replace(
            self, reads=self.reads if reads else (), writes=self.writes if writes else None
        )

    @property
    def cache_from(self) -> tuple[str, ...]:
        """As `--cache-from` has it."""
        return tuple(fields(("type", "registry"), ("ref", each)) for each in self.reads)

    @property
    def cache_to(self) -> tuple[str, ...]:
        """As `--cache-to` has it.

        `mode=max` is every stage and not only what the image is made of. As an image manifest,
        because some registries take no index whose members are layers.
        """
        if self.writes is None:
            return ()
        place = (("type", "registry"), ("ref", self.writes))
        return (
            fields(*place, ("mode", "max"), ("image-manifest", "true"), ("oci-mediatypes", "true")),
        )


def shared_cache(
    reference: str, branches: Branches, *, release: str | None, platform: str | None
) -> SharedCache:
    """Say what a build reads and writes.

    Args:
        reference: where the caches are; a tag of it begins every tag.
        branches: of which this one is built.
        release: which of several; `None` where the project has one.
        platform: one that was asked for.

    Raises:
        InvalidReference: it is none, or one of a digest.
    """
    place = Reference.parse(reference)
    if place.digest is not None:
        raise InvalidReference(
            reference=reference, problem="a digest cannot be written to; a cache is a name or a tag"
        )

    def tag(branch: str) -> str:
        parts = (place.tag, branch, release, platform)
        return str(Reference(name=place.name, tag=tag_of("-".join(filter(None, parts)))))

    main = tag(_apart(branches.main.value))
    if branches.current is None:
        return SharedCache(reads=(main,))
    branch = tag(_apart(branches.current.value))
    mine = tag(f"{_REQUEST}{branches.current.value}") if branches.request else branch
    return SharedCache(reads=tuple(dict.fromkeys((mine, branch, main))), writes=mine)


def _apart(branch: str) -> str:
    """Give what no request's tag begins with: `request-x` is that of the request of `x`."""
    return f"{_BRANCH}{branch}" if branch.startswith((_REQUEST, _BRANCH)) else branch


def tag_of(text: str, *, longest: int = LONGEST_TAG) -> str:
    """Make a tag of a text: itself where it may be one, else one that no other text gives."""
    plain = _NOT_IN_A_TAG.sub("-", text).lstrip(".-")
    if plain == text and len(text) <= longest and not text.endswith(OF_A_SEED):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_HASH]
    return f"{plain[: longest - _HASH - 1]}-{digest}".lstrip(".-")


def fits_nothing(result: BuildResult) -> bool:
    """Whether a cache was read and no step of it could be used."""
    return bool(result.caches_read) and not any(stage.cached for stage in result.stages)


def why_nothing_fits(plan: Plan) -> str:
    """Say what a cache that fits nothing was made with: another of what all stages begin with."""
    toolchain = next((each for each in plan.stages if each.name == "toolchain"), plan.stages[0])
    return f"its Elixir, OTP, platform or base image is not {toolchain.base.value} as it is now"
