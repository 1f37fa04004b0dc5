"""Replicas find each other, and find the one that comes in another's place."""

from __future__ import annotations

from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import ClusterCheck, Skipped, Verdict, verdict
from imagekit.verify.cluster.model import ClusterFacts, Gathering, Sight, is_whole
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation

_NEVER_FORMED: Final = Skipped(reason="they never saw each other: see cluster.formed")


def _formed(facts: ClusterFacts, expected: Expectation) -> Verdict:
    if facts.unready:
        first, count = facts.unready[0], len(facts.unready)
        problem = f"{count} of {expected.cluster.replicas} replicas did not become ready"
        return verdict("", (problem, *explain(first, expected)))
    if facts.formed is None:
        return Skipped(reason="it was not tried")
    problems = _problems(facts.formed)
    if problems:
        problems = (*problems, _advice(facts))
    count = len(facts.formed.nodes)
    return verdict(
        f"{count} replicas see each other {wording.seconds(facts.formed.seconds)} after they "
        f"are ready: {wording.some(facts.formed.nodes)}",
        problems,
    )


def _heals(facts: ClusterFacts, expected: Expectation) -> Verdict:
    if facts.formed is None or not facts.formed.complete:
        return _NEVER_FORMED
    if facts.unready_after is not None:
        problem = f"the replica in the place of {facts.replaced} did not become ready"
        return verdict("", (problem, *explain(facts.unready_after, expected)))
    if facts.healed is None:
        return Skipped(reason="it was not tried")
    return verdict(
        f"node {facts.replaced} was stopped, another came, and all see each other "
        f"{wording.seconds(facts.healed.seconds)} after it is ready",
        _problems(facts.healed),
    )


def _problems(gathering: Gathering) -> tuple[str, ...]:
    after = wording.seconds(gathering.seconds)
    return tuple(
        _problem(each, gathering.nodes, after)
        for each in gathering.sights
        if not is_whole(each, gathering.nodes)
    )


def _problem(sight: Sight, nodes: tuple[str, ...], after: str) -> str:
    if sight.others is None:
        return (
            f"node {sight.node} could not be asked by `rpc`: {wording.line(sight.said[-400:], 200)}"
        )
    missing = sorted({*nodes} - {sight.node, *sight.others})
    gone = sorted({*sight.others} - {*nodes})
    parts = []
    if missing:
        parts.append(f"does not see {wording.some(missing)}")
    if gone:
        parts.append(f"still sees {wording.some(gone)}, which is none of them")
    return f"node {sight.node} {' and '.join(parts)} after {after}"


def _advice(facts: ClusterFacts) -> str:
    return (
        f"{facts.query} names all replicas by DNS: is it read in config/runtime.exs, and is the "
        "process that looks there (dns_cluster, libcluster) started? `query` and `name` under "
        "[verify.cluster] say otherwise."
    )


FORMED = ClusterCheck(id="cluster.formed", title="replicas find each other", run=_formed)
HEALS = ClusterCheck(id="cluster.heals", title="a replaced replica is found", run=_heals)
