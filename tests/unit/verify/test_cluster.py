"""What replicas are told, what they answer, and what that means."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from imagekit.engine.scope import RunScope
from imagekit.errors import InvalidValue
from imagekit.settings.load import load
from imagekit.settings.schema.verify import ClusterSettings
from imagekit.verify.check import ClusterCheck, Skipped
from imagekit.verify.checks import CHECKS
from imagekit.verify.cluster.model import Sight
from imagekit.verify.cluster.replicas import (
    NAME,
    chosen_addresses,
    distributed,
    read_sight,
    try_cluster,
)
from imagekit.verify.run import Gathered, judge
from imagekit.verify.select import left_out
from imagekit.verify.trial.attempt import spec_of
from tests.unit.engine.fakes import engine

from .examples import (
    BOOTED,
    EXPECTED,
    IMAGE,
    NODES,
    SERVICE,
    cluster,
    files,
    gathering,
    not_ready,
    subject,
)
from .test_trials import reason, trials

CLUSTERED = replace(EXPECTED, cluster=ClusterSettings(replicas=3))


def test_a_cluster_is_whole_when_each_sees_all_others_and_nobody_else() -> None:
    assert gathering(*NODES).complete
    assert not gathering(*NODES, n1=NODES[:1]).complete
    assert not gathering(*NODES, n1=(*NODES, "hello@10.9.9.9")).complete
    assert not gathering(*NODES, n1=None).complete


@pytest.mark.parametrize(
    ("code", "said", "others"),
    [
        (0, "nodes: b@1 a@1\n", ("a@1", "b@1")),
        (0, "sourcing env.sh\nnodes: a@1\n", ("a@1",)),
        (0, "nodes:\n", ()),
        (1, "nodes: a@1\n", None),
        (0, "", None),
        (None, "", None),
    ],
    ids=["two", "beside other words", "none", "failed", "silent", "too late"],
)
def test_what_rpc_says(code: int | None, said: str, others: tuple[str, ...] | None) -> None:
    found = read_sight("n@1", code, said)
    assert found == Sight(node="n@1", others=others, said=said if others is None else "")


def test_replicas_are_distributed_and_their_cookie_is_hidden() -> None:
    own = replace(
        EXPECTED,
        environment={"PHX_HOST": "x", "RELEASE_COOKIE": "of-the-user"},
        cluster=ClusterSettings(replicas=2, query="MY_QUERY"),
    )
    found = distributed(own, "c00kie")
    assert found.environment == {
        "PHX_HOST": "x",
        "RELEASE_DISTRIBUTION": "name",
        "RELEASE_COOKIE": "c00kie",
        "MY_QUERY": NAME,
    }
    assert "c00kie" in found.hidden
    assert "c00kie" not in repr(found)


@pytest.mark.parametrize(
    ("subnet", "count", "taken", "addresses"),
    [
        ("172.30.0.0/16", 2, 2, ["172.30.255.253", "172.30.255.254"]),
        ("10.0.0.0/26", 4, 3, ["10.0.0.59", "10.0.0.60", "10.0.0.61", "10.0.0.62"]),
        ("10.0.0.8/29", 4, 3, ["10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"]),
        ("10.0.0.8/29", 4, 4, None),
        ("10.0.0.0/30", 4, 2, None),
        ("10.0.0.0/31", 4, 2, None),
    ],
)
def test_addresses_are_chosen_from_the_end(
    subnet: str, count: int, taken: int, addresses: list[str] | None
) -> None:
    assert chosen_addresses(IPv4Network(subnet), count, taken) == addresses


def test_a_range_that_is_too_small_skips_it_with_the_reason() -> None:
    small = replace(CLUSTERED, network="n", subnet=IPv4Network("10.0.0.0/29"), services=(SERVICE,))
    small = replace(small, cluster=ClusterSettings(replicas=5))
    scope = RunScope(engine=engine(), run_id="r")
    found = try_cluster(scope, "x", small, lambda _: None)
    assert isinstance(found, Skipped)
    assert "gave the range 10.0.0.0/29, which is too small for 5 replicas" in found.reason


@pytest.mark.parametrize("count", [0, 1, 10, "true"])
def test_one_replica_is_no_cluster(count: object) -> None:
    with pytest.raises(InvalidValue):
        load(f"[verify.cluster]\nreplicas = {count}", {}, {})


def test_without_replicas_it_is_skipped() -> None:
    found = judge(Gathered(image=IMAGE, files=files(), boot=BOOTED), EXPECTED, lambda _: None)
    reasons = {each.id: each.detail for each in found.results if each.id.startswith("cluster.")}
    assert reasons == dict.fromkeys(
        ("cluster.formed", "cluster.heals"),
        "no replicas are asked for: `replicas` under [verify.cluster]",
    )


def test_what_replicas_told_is_judged() -> None:
    facts = Gathered(
        image=IMAGE, files=files(), boot=BOOTED, cluster=cluster(gathering(*NODES, n1=()))
    )
    found = judge(facts, CLUSTERED, lambda _: None)
    assert found.failed == ("cluster.formed",)


def test_quick_and_a_boot_that_failed_leave_them_out() -> None:
    checks = [each for each in CHECKS if isinstance(each, ClusterCheck)]
    assert len(checks) == 2
    for check in checks:
        assert isinstance(left_out(check, replace(CLUSTERED, quick=True), BOOTED), Skipped)
        assert isinstance(left_out(check, CLUSTERED, not_ready()), Skipped)
        assert left_out(check, CLUSTERED, BOOTED) is None


def test_names_are_asked_of_the_release_in_a_network() -> None:
    of = subject(expected=replace(EXPECTED, services=(SERVICE,)), network="n")
    (found,) = trials("boot.dns", of)
    spec = spec_of("x", found)
    assert (spec.network, spec.aliases) == ("n", ("verified.imagekit.internal",))
    assert spec.command is not None
    assert '["verified.imagekit.internal", "db"]' in spec.command[1]


def test_names_need_a_network_and_a_release() -> None:
    assert "makes no network" in reason("boot.dns", subject())
    other = subject(network="n", expected=replace(EXPECTED, program=None))
    assert "starts no release" in reason("boot.dns", other)
