"""What is started is stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from imagekit.engine import scope as module
from imagekit.engine.container import ContainerSpec
from imagekit.engine.owner import owner
from imagekit.engine.scope import RunScope
from imagekit.engine.sweep import OWNER_LABEL, RUN_LABEL, Swept, sweep
from imagekit.errors import EngineError, EngineRefused, ImageNotFound

from .fakes import FakeApi, api_error, engine


class Store:
    """An engine's containers, networks and volumes, by name."""

    def __init__(self, **answers: Any) -> None:
        self.containers: dict[str, dict[str, str]] = {}
        self.networks: dict[str, dict[str, str]] = {}
        self.volumes: dict[str, dict[str, str]] = {}
        self.images: dict[str, dict[str, str]] = {}
        self.created: list[dict[str, Any]] = []
        self.api = FakeApi(
            create_container=self.create,
            create_host_config=lambda **options: options,
            create_endpoint_config=lambda **options: options,
            create_networking_config=lambda networks: networks,
            create_network=lambda name, **o: self.networks.update({name: o["labels"]}),
            create_volume=lambda name, **o: self.volumes.update({name: o["labels"]}),
            start=None,
            inspect_container={"State": {"Status": "running"}},
            remove_container=lambda name, **_: self.containers.pop(name),
            remove_network=self.networks.pop,
            remove_volume=lambda name, **_: self.volumes.pop(name),
            containers=lambda **o: self.listed(self.containers, **o),
            networks=lambda **o: self.listed(self.networks, **o),
            images=lambda **o: self.listed(self.images, **o),
            remove_image=lambda name, **_: self.images.pop(name),
            commit=self.commit,
            volumes=lambda **o: {"Volumes": self.listed(self.volumes, **o)},
        )
        self.api.answers.update(answers)

    def create(self, **options: Any) -> dict[str, str]:
        self.created.append(options)
        name = f"c{len(self.created)}"
        self.containers[name] = options["labels"]
        return {"Id": name}

    def commit(self, name: str) -> dict[str, str]:
        """An image has the labels of the container it was made of."""
        self.images[f"i-{name}"] = self.containers[name]
        return {"Id": f"i-{name}"}

    def listed(
        self, found: dict[str, dict[str, str]], filters: dict[str, str], **_: Any
    ) -> list[dict[str, Any]]:
        key, _, value = filters["label"].partition("=")
        return [
            {"Id": name, "Name": name, "Names": [f"/{name}"], "Labels": labels}
            for name, labels in found.items()
            if key in labels and value in {"", labels[key]}
        ]

    @property
    def empty(self) -> bool:
        return not (self.containers or self.networks or self.volumes or self.images)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BETWEEN_PASSES_SECONDS", 0)
    monkeypatch.setattr(module, "_NETWORK_PAUSES", (0, 0, 0))


def start_all(store: Store, then: Callable[[], object] = lambda: None) -> None:
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        for _ in range(3):
            scope.commit(scope.start(ContainerSpec(image="i")))
        scope.network("n")
        scope.volume("v")
        assert not store.empty
        then()


def test_everything_goes_after_success() -> None:
    store = Store()
    start_all(store)
    assert store.empty


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_everything_goes_however_it_ends(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error

    store = Store()
    with pytest.raises(error):
        start_all(store, fail)
    assert store.empty


def test_only_what_is_of_this_run_goes() -> None:
    store = Store()
    store.containers = {"theirs": {}, "other": {RUN_LABEL: "other"}}
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        scope.start(ContainerSpec(image="i"))
    assert set(store.containers) == {"theirs", "other"}


def test_what_was_made_and_never_answered_for_goes() -> None:
    """A Ctrl-C between the engine's work and its answer."""
    store = Store()

    def interrupted(**options: Any) -> dict[str, str]:
        store.create(**options)
        raise KeyboardInterrupt

    store.api.answers["create_container"] = interrupted
    with pytest.raises(KeyboardInterrupt), RunScope(engine=engine(store.api), run_id="r") as scope:
        scope.start(ContainerSpec(image="i"))
    assert store.empty


def test_a_ctrl_c_during_removal_does_not_stop_it() -> None:
    store = Store()
    remove = store.api.answers["remove_container"]
    interrupts = iter([KeyboardInterrupt()])

    def interrupted(name: str, **options: Any) -> None:
        for error in interrupts:
            raise error
        remove(name, **options)

    store.api.answers["remove_container"] = interrupted
    with pytest.raises(KeyboardInterrupt), RunScope(engine=engine(store.api), run_id="r") as scope:
        scope.start(ContainerSpec(image="i"))
    assert store.empty


def test_a_lost_engine_does_not_hide_the_error_before_it() -> None:
    store = Store(containers=api_error(500, "gone"))
    with pytest.raises(ValueError, match="mine"), RunScope(engine=engine(store.api), run_id="r"):
        raise ValueError("mine")
    with pytest.raises(EngineError), RunScope(engine=engine(store.api), run_id="r"):
        pass


def test_one_that_cannot_be_removed_does_not_keep_the_others() -> None:
    store = Store()

    def stuck(name: str, **_: Any) -> None:
        if name == "c1":
            raise api_error(500, "device or resource busy")
        store.containers.pop(name)

    store.api.answers["remove_container"] = stuck
    with pytest.raises(EngineError):
        start_all(store)
    assert set(store.containers) == {"c1"}
    assert not store.volumes


@pytest.mark.parametrize("status", [404, 409])
def test_what_goes_by_itself_is_no_problem(status: int) -> None:
    store = Store(remove_container=api_error(status, "is being removed"))
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        scope.start(ContainerSpec(image="i"))


def test_doctor_removes_only_what_no_living_process_owns() -> None:
    store = Store()
    host, boot, namespace, _, start = owner().rsplit("/", 4)
    store.containers = {
        "ours": {RUN_LABEL: "a", OWNER_LABEL: owner()},
        "dead": {RUN_LABEL: "b", OWNER_LABEL: f"{host}/{boot}/{namespace}/4194399/{start}"},
        "another machine's": {RUN_LABEL: "c", OWNER_LABEL: f"elsewhere/{boot}/1/{start}"},
        "unsigned": {RUN_LABEL: "d"},
        "not imagekit's": {},
    }
    store.volumes = {
        "dead-v": {RUN_LABEL: "b", OWNER_LABEL: f"{host}/{boot}/{namespace}/4194399/{start}"}
    }
    swept = sweep(engine(store.api))
    assert swept == Swept(containers=("dead",), volumes=("dead-v",))
    assert swept
    assert set(store.containers) == {"ours", "another machine's", "unsigned", "not imagekit's"}
    assert not sweep(engine(store.api))


def test_what_is_asked_of_the_engine() -> None:
    store = Store()
    spec = ContainerSpec(
        image="i",
        command=("a", "b c"),
        environment={"A": "1"},
        user="1000:1000",
        read_only=True,
        cap_drop=("ALL",),
        cap_add=("CHOWN",),
        no_new_privileges=True,
        memory_bytes=1024,
        cpus=0.5,
        pids_limit=10,
        tmpfs={"/tmp": "size=1m"},
        ulimits={"nofile": (1, 2)},
        publish=(4000,),
        hostname="app",
        labels={"l": "x"},
    )
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        scope.start(spec)
    (made,) = store.created
    host = made.pop("host_config")
    assert host.pop("ulimits") == [{"Name": "nofile", "Soft": 1, "Hard": 2}]
    assert host == {
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": ["CHOWN"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": 1024,
        "memswap_limit": 1024,
        "nano_cpus": 500_000_000,
        "pids_limit": 10,
        "tmpfs": {"/tmp": "size=1m"},
        "mounts": None,
        "port_bindings": {4000: ("127.0.0.1", None)},
        "network_mode": None,
        "init": False,
        "auto_remove": False,
    }
    assert made == {
        "image": "i",
        "command": ["a", "b c"],
        "entrypoint": None,
        "environment": {"A": "1"},
        "user": "1000:1000",
        "hostname": "app",
        "ports": [4000],
        "labels": {"l": "x", RUN_LABEL: "r", OWNER_LABEL: owner()},
        "networking_config": None,
    }


def test_a_remote_engine_publishes_where_it_can_be_reached() -> None:
    store = Store()
    with RunScope(engine=engine(store.api, host="tcp://docker:2375"), run_id="r") as scope:
        scope.start(ContainerSpec(image="i", publish=(4000,)))
    assert store.created[0]["host_config"]["port_bindings"] == {4000: ("0.0.0.0", None)}


def test_a_network_of_the_scope_knows_containers_by_name() -> None:
    store = Store()
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        scope.start(ContainerSpec(image="i", network=scope.network("n"), hostname="db"))
        scope.start(ContainerSpec(image="i", network="none", hostname="db"))
    first, second = store.created
    assert first["networking_config"] == {"imagekit-r-n": {"aliases": ["db"], "ipv4_address": None}}
    assert second["networking_config"] is None


def test_an_image_that_is_not_there() -> None:
    store = Store(create_container=api_error(404, "No such image: nope"))
    with (
        pytest.raises(ImageNotFound, match="nope"),
        RunScope(engine=engine(store.api), run_id="r") as scope,
    ):
        scope.start(ContainerSpec(image="nope"))


def test_one_that_cannot_start_is_given_back_with_the_reason() -> None:
    store = Store(
        start=api_error(400, "exec: no such file"),
        inspect_container={
            "State": {"Status": "created", "ExitCode": 127, "Error": "exec: no such file"}
        },
    )
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        assert scope.start(ContainerSpec(image="i")).state().exit_code == 127


def test_no_secret_is_in_the_error_of_a_container() -> None:
    store = Store(create_container=api_error(400, "bad environment: TOKEN=hunter2"))
    spec = ContainerSpec(image="i", environment={"TOKEN": "hunter2", "ON": "1"})
    with (
        pytest.raises(EngineError) as raised,
        RunScope(engine=engine(store.api), run_id="r") as scope,
    ):
        scope.start(spec)
    assert raised.value.problem == "bad environment: TOKEN=***"


def test_sigterm_as_an_exception_is_like_any_other() -> None:
    def end(*_: object) -> None:
        sys.exit(143)

    store = Store()
    before = signal.signal(signal.SIGTERM, end)
    try:
        with pytest.raises(SystemExit):
            start_all(store, lambda: signal.raise_signal(signal.SIGTERM))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert store.empty


VETH = (
    "failed to create endpoint x on network bridge: adding interface veth1 to bridge docker0 "
    "failed: Device does not exist"
)


def starts(*errors: str) -> tuple[Store, list[str]]:
    """A store whose starts fail with these errors in turn, then never."""
    left = list(errors)
    current: dict[str, Any] = {"Status": "created"}

    def start(name: str) -> None:
        if left:
            current.update(Status="created", Error=left.pop(0))
            raise api_error(500, current["Error"])
        current.update(Status="running", Running=True, Error="")

    store = Store(start=start, inspect_container=lambda _: {"State": dict(current)})
    return store, left


@pytest.mark.parametrize(
    "error",
    [
        VETH,
        "driver failed programming external connectivity on endpoint x: port is already allocated",
        "failed to set up container networking: network bridge not found",
    ],
)
def test_a_start_that_fails_in_the_engines_network_is_tried_again(error: str) -> None:
    store, _ = starts(error, error)
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        container = scope.start(ContainerSpec(image="i"))
        assert (container.id, set(store.containers)) == ("c3", {"c3"})
    assert store.empty


def test_a_network_that_never_works_is_the_engines_error_and_not_the_images() -> None:
    store, _ = starts(*[VETH] * 3)
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        with pytest.raises(EngineRefused, match="refused starting a container") as raised:
            scope.start(ContainerSpec(image="i"))
        assert "Device does not exist" in raised.value.found
    assert store.empty


def test_what_the_image_is_to_blame_for_is_started_once() -> None:
    store, left = starts('exec: "/app/bin/x": no such file or directory', "never reached")
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        assert "no such file" in scope.start(ContainerSpec(image="i")).state().error
    assert (left, len(store.created)) == (["never reached"], 1)


def test_addresses_are_chosen_in_a_range_that_was_free() -> None:
    """The engine's own choice of range is asked for by name; another run may be quicker."""
    store = Store(
        inspect_network=lambda _: {
            "IPAM": {"Config": [{"Subnet": "fd00::/64"}, {"Subnet": "172.30.0.0/16"}]}
        }
    )
    taken = ["imagekit-r-n-0"]

    def create(name: str, **options: Any) -> None:
        if "ipam" in options and name in taken:
            raise api_error(403, "Pool overlaps with other one on this address space")
        store.networks[name] = options["labels"]
        store.created.append(options)

    store.api.answers["create_network"] = create
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        name, subnet = scope.addressed_network("n")
        assert (name, str(subnet)) == ("imagekit-r-n-1", "172.30.0.0/16")
        assert store.created[-1]["ipam"]["Config"][0]["Subnet"] == "172.30.0.0/16"
        scope.start(
            ContainerSpec(image="i", network=name, aliases=("all",), address="172.30.0.100")
        )
        endpoint = store.created[-1]["networking_config"][name]
        assert endpoint == {"aliases": ["all"], "ipv4_address": "172.30.0.100"}
    assert store.empty


def test_an_engine_of_ipv6_only_has_no_addresses_to_choose() -> None:
    store = Store(inspect_network={"IPAM": {"Config": [{"Subnet": "fd00::/64"}]}})
    with RunScope(engine=engine(store.api), run_id="r") as scope:
        with pytest.raises(EngineRefused, match="refused an IPv4 network"):
            scope.addressed_network("n")
        assert store.networks == {}


def test_without_any_free_range_it_says_so() -> None:
    store = Store(inspect_network={"IPAM": {"Config": [{"Subnet": "172.30.0.0/16"}]}})

    def create(name: str, **options: Any) -> None:
        if "ipam" in options:
            raise api_error(403, "Pool overlaps with other one on this address space")
        store.networks[name] = options["labels"]

    store.api.answers["create_network"] = create
    with (
        pytest.raises(EngineError, match="refused creating a network"),
        RunScope(engine=engine(store.api), run_id="r") as scope,
    ):
        scope.addressed_network("n")
    assert store.empty
