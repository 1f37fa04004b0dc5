"""Effect: replicas on one network, under one name; one of them is replaced.

They get what a headless service of Kubernetes and its pods' environment give: node names made
of addresses, a cookie, and a name that resolves to all addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Final

from imagekit.engine.container import Container
from imagekit.engine.scope import RunScope
from imagekit.verify.boot import strict_spec
from imagekit.verify.check import Skipped
from imagekit.verify.cluster.model import ClusterFacts, Gathering, Sight, is_whole
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts
from imagekit.verify.http import HttpClient
from imagekit.verify.model import Clustering, VerifyEvent
from imagekit.verify.port import examine
from imagekit.verify.readiness import is_ready
from imagekit.verify.secrets import random_text, scrub
from imagekit.verify.select import NO_CLUSTER
from imagekit.verify.trial.compose import patient
from imagekit.verify.watch import Clock, Watch

NAME: Final = "replicas.imagekit.internal"
"""What resolves to the addresses of all replicas."""
GATHER_SECONDS: Final = 60.0
"""`dns_cluster` and `libcluster` look every five seconds."""

_BESIDE: Final = 2
"""Addresses of a network that no container gets: its own and the gateway's."""
_PAUSE: Final = 0.5
_ASK_SECONDS: Final = 20.0
_TOLD: Final = "nodes:"
_ASK: Final = f'IO.puts(Enum.join(["{_TOLD}" | Node.list()], " "))'


@dataclass(frozen=True, kw_only=True)
class _Replica:
    node: str
    container: Container
    watch: Watch


def try_cluster(
    scope: RunScope,
    reference: str,
    expected: Expectation,
    on_event: Callable[[VerifyEvent], None],
) -> ClusterFacts | Skipped:
    """Start the replicas, wait until they see each other, replace the first, wait again.

    Raises:
        EngineLost: the engine stopped answering.
    """
    count = expected.cluster.replicas
    if count is None:
        return Skipped(reason=NO_CLUSTER)
    found = expected.program
    if found is None:
        return Skipped(reason="it starts no release made by Mix or Distillery")
    on_event(Clustering(replicas=count))
    name = expected.cluster.name or found.path.rpartition("/")[2]
    with ExitStack() as clients:
        ground = _Ground(
            scope=scope,
            reference=reference,
            expected=distributed(expected, random_text(32)),
            name=name,
            program=found.path,
            clients=clients,
            clock=Clock(),
        )
        return _replace_one(ground, count)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    scope: RunScope
    reference: str
    expected: Expectation
    name: str
    program: str
    clients: ExitStack
    clock: Clock

    def start(self, address: str) -> _Replica:
        node = f"{self.name}@{address}"
        before = self.clock.monotonic()
        spec = strict_spec(self.reference, self.expected)
        container = self.scope.start(
            replace(
                spec,
                environment={**spec.environment, "RELEASE_NODE": node},
                aliases=(NAME,),
                address=address,
            )
        )
        watch = Watch(
            container=container,
            expected=self.expected,
            http=self.clients.enter_context(HttpClient()),
            examine=examine,
            clock=self.clock,
            before=before,
            after=self.clock.monotonic(),
        )
        return _Replica(node=node, container=container, watch=watch)


def distributed(expected: Expectation, cookie: str) -> Expectation:
    """Give what all pods of a cluster get; a node's own name comes with its address."""
    variables = {
        "RELEASE_DISTRIBUTION": "name",
        "RELEASE_COOKIE": cookie,
        expected.cluster.query: NAME,
    }
    return replace(
        patient(expected),
        environment={**expected.environment, **variables},
        hidden=(*expected.hidden, cookie),
    )


def chosen_addresses(subnet: IPv4Network, count: int, taken: int) -> list[str] | None:
    """Choose addresses from the end, as the engine gives others theirs from the start.

    `None` where so many are not left beside those that are taken.
    """
    last = subnet.num_addresses - 2  # The very last one is for broadcasts.
    first = last - count + 1
    return None if first < taken else [str(subnet[first + number]) for number in range(count)]


def _replace_one(ground: _Ground, count: int) -> ClusterFacts | Skipped:
    query = ground.expected.cluster.query
    subnet = ground.expected.subnet
    if ground.expected.network is None or subnet is None:
        network, subnet = ground.scope.addressed_network("replicas")
        ground = replace(ground, expected=replace(ground.expected, network=network))
    taken = _BESIDE + len(ground.expected.services)
    addresses = chosen_addresses(subnet, count + 1, taken)
    if addresses is None:
        return Skipped(
            reason=f"the engine gave the range {subnet}, which is too small for {count} replicas "
            "and one in place of another: see `default-address-pools` of its settings"
        )
    replicas = [ground.start(address) for address in addresses[:count]]
    unready = tuple(filter(None, map(_unready, replicas)))
    if unready:
        return ClusterFacts(query=query, unready=unready)
    formed = _gather(ground, replicas)
    if not formed.complete:
        return ClusterFacts(query=query, formed=formed)
    first, *rest = replicas
    first.watch.stop()
    ground.scope.remove(first.container)
    facts = ClusterFacts(query=query, formed=formed, replaced=first.node)
    other = ground.start(addresses[-1])
    failed = _unready(other)
    if failed is not None:
        return replace(facts, unready_after=failed)
    healed = _gather(ground, [*rest, other])
    for each in (*rest, other):
        ground.scope.remove(each.container)
    return replace(facts, healed=healed)


def _unready(replica: _Replica) -> BootFacts | None:
    look = replica.watch.await_ready()
    ready = is_ready(look, replica.watch.expected)
    return None if ready else replica.watch.tell(look)


def _gather(ground: _Ground, replicas: Sequence[_Replica]) -> Gathering:
    """Ask each until it sees all others; all of them have the same time."""
    begun = ground.clock.monotonic()
    nodes = tuple(each.node for each in replicas)
    sights: list[Sight] = []
    for each in replicas:
        while True:
            sight = _ask(ground, each)
            late = ground.clock.monotonic() - begun >= GATHER_SECONDS
            if is_whole(sight, nodes) or late:
                sights.append(sight)
                break
            ground.clock.sleep(_PAUSE)
    return Gathering(sights=tuple(sights), seconds=ground.clock.monotonic() - begun)


def _ask(ground: _Ground, replica: _Replica) -> Sight:
    code, said = replica.container.execute((ground.program, "rpc", _ASK), _ASK_SECONDS)
    return read_sight(replica.node, code, scrub(said, ground.expected.hidden))


def read_sight(node: str, code: int | None, said: str) -> Sight:
    """Read what `rpc` printed; a release's own scripts may print more."""
    lines = [line.split() for line in said.splitlines() if line.startswith(_TOLD)]
    if code != 0 or not lines:
        return Sight(node=node, others=None, said=said)
    return Sight(node=node, others=tuple(sorted(lines[-1][1:])))
