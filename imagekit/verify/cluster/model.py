"""What replicas told of each other. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from imagekit.verify.facts import BootFacts


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one node saw when it was last asked."""

    node: str
    others: tuple[str, ...] | None
    """`None` when it could not be asked."""
    said: str = ""
    """What it said in place of an answer."""


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """What the nodes saw of each other by the end of the wait."""

    sights: tuple[Sight, ...]
    """One a node, in the order of their starts."""
    seconds: float
    """Since all of them were ready."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """All that there are."""
        return tuple(each.node for each in self.sights)

    @property
    def complete(self) -> bool:
        """Whether each saw all others, and nobody else."""
        return all(is_whole(each, self.nodes) for each in self.sights)


def is_whole(sight: Sight, nodes: tuple[str, ...]) -> bool:
    """Tell whether a node saw all others, and nobody else."""
    return sight.others is not None and {sight.node, *sight.others} == set(nodes)


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """One run with replicas. Secrets are out of every text already."""

    query: str
    """The variable that named them all."""
    unready: tuple[BootFacts, ...] = ()
    """Replicas that did not become ready: nothing else was tried then."""
    formed: Gathering | None = None
    replaced: str | None = None
    """The node that was stopped and removed."""
    unready_after: BootFacts | None = None
    """The boot of the one in its place, where that did not become ready."""
    healed: Gathering | None = None
    """After that, without it and with the one in its place."""
