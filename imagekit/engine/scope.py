"""What a run starts, it removes: labels at the start, removal by label at the end.

Removal asks the engine for what carries the run's label, not a list of ours: a
Ctrl-C between the engine's work and its answer would leave a gap in such a list.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from imagekit.engine.client import Engine
from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.owner import lives, owner
from imagekit.errors import EngineError, EngineRefused, ImageNotFound

RUN_LABEL: Final = "dev.imagekit.run"
OWNER_LABEL: Final = "dev.imagekit.owner"

_BUILT_IN_NETWORKS: Final = frozenset({"bridge", "default", "host", "none"})
_SHORTEST_SECRET: Final = 4
"""Shorter values are no secrets, and hiding `1` would make a message unreadable."""
_PASSES: Final = 3
_BETWEEN_PASSES_SECONDS: Final = 0.2
_NETWORK_PAUSES: Final = (0.1, 0.5, 1.0, 2.0)
"""Seconds after each start that failed in the engine's network."""
# Two containers that start at once may be given one free port, and whoever reconfigures the
# engine's network takes its bridge away for a moment. Neither says anything about the image.
_NETWORK: Final = re.compile(
    r"failed to create endpoint|failed programming external connectivity"
    r"|failed to set up container networking|port is already allocated"
)
_TURNS: Final = 5
_GONE: Final = 404
_BEING_REMOVED: Final = 409


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What was removed, by name, sorted."""

    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.containers or self.networks or self.volumes or self.images)


@dataclass(frozen=True, kw_only=True)
class RunScope:
    """Everything started through it goes when the `with` block ends, however it ends."""

    engine: Engine
    run_id: str

    def __enter__(self) -> Self:
        # What a killed run left is not this run's to fail by.
        with suppress(EngineError):
            sweep(self.engine)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            # What was interrupted on the way to the engine may appear a moment later.
            self._remove(passes=1 if error is None else _PASSES)
        except KeyboardInterrupt:
            self._remove(passes=1)
            raise
        except EngineError:
            if error is None:
                raise

    def start(self, spec: ContainerSpec) -> Container:
        """Create a container and start it.

        One that could not be started is given back too: its `state().error` says why. Where
        that is the engine's own network, which no image has a part in, another one is tried.

        Raises:
            ImageNotFound: the engine does not have the image.
            EngineLost: the engine did not create it.
            EngineRefused: it could not connect it to its network, however often it was asked.
        """
        error = ""
        for pause in _NETWORK_PAUSES:
            container = self._start(spec)
            error = container.state().error
            if not _NETWORK.search(error):
                return container
            self.remove(container)
            time.sleep(pause)
        raise EngineRefused(during="starting a container", problem=error)

    def create(self, spec: ContainerSpec) -> Container:
        """Create a container and leave it at that.

        Raises:
            ImageNotFound: the engine does not have the image.
            EngineLost: the engine did not create it.
        """
        import docker.errors  # noqa: PLC0415

        hide = tuple(value for value in spec.environment.values() if len(value) >= _SHORTEST_SECRET)
        with self.engine.calls("creating a container", hide=hide) as api:
            try:
                made = api.create_container(**self._create_options(spec))["Id"]
            except docker.errors.ImageNotFound:
                raise ImageNotFound(reference=spec.image) from None
        return Container(
            id=made, engine=self.engine, host_network=spec.network == "host", hide=hide
        )

    def _start(self, spec: ContainerSpec) -> Container:
        import docker.errors  # noqa: PLC0415

        container = self.create(spec)
        with self.engine.calls("starting a container", hide=container.hide) as api:
            try:
                api.start(container.id)
            except docker.errors.APIError:
                if not container.state().error:
                    raise
        return container

    def remove(self, container: Container) -> None:
        """Remove a container before the scope ends: what it holds is free for the next."""
        call = partial(self.engine.api.remove_container, container.id, v=True, force=True)
        _remove_one(self.engine, call)

    def commit(self, container: Container) -> str:
        """Make an image of a container; give its id. It carries the container's labels."""
        with self.engine.calls("making an image of a container", hide=container.hide) as api:
            return str(api.commit(container.id)["Id"])

    def remove_image(self, image_id: str) -> None:
        """Remove an image that `commit` made, before the scope ends."""
        _remove_one(self.engine, partial(self.engine.api.remove_image, image_id, force=True))

    def network(self, name: str) -> str:
        """Create a network, in which containers reach each other by `hostname`; give its name."""
        full = f"imagekit-{self.run_id}-{name}"
        with self.engine.calls("creating a network") as api:
            api.create_network(full, driver="bridge", labels=self._labels())
        return full

    def addressed_network(self, name: str) -> tuple[str, ipaddress.IPv4Network]:
        """Create a network in which addresses are chosen; give its name and its addresses.

        The engine lets addresses be chosen only where the range was: so it is asked for a free
        range, which is then asked for by name. Another run may take it in between.

        Raises:
            EngineRefused: there is no free range, or none of IPv4.
        """
        from docker.types import IPAMConfig, IPAMPool  # noqa: PLC0415

        for turn in range(_TURNS):
            full = self.network(f"{name}-{turn}")
            with self.engine.calls("looking at a network") as api:
                found = api.inspect_network(full)["IPAM"]["Config"]
                api.remove_network(full)
            ranges = [each["Subnet"] for each in found or () if ":" not in each["Subnet"]]
            if not ranges:
                raise EngineRefused(
                    during="an IPv4 network", problem="it makes networks of IPv6 only"
                )
            subnet = ipaddress.IPv4Network(ranges[0])
            try:
                with self.engine.calls("creating a network") as api:
                    pool = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))])
                    api.create_network(full, driver="bridge", labels=self._labels(), ipam=pool)
            except EngineRefused:
                if turn == _TURNS - 1:
                    raise
            else:
                break
        return full, subnet

    def volume(self, name: str) -> str:
        """Create a volume; give its name."""
        full = f"imagekit-{self.run_id}-{name}"
        with self.engine.calls("creating a volume") as api:
            api.create_volume(full, labels=self._labels())
        return full

    def _labels(self) -> dict[str, str]:
        return {RUN_LABEL: self.run_id, OWNER_LABEL: owner()}

    def _create_options(self, spec: ContainerSpec) -> dict[str, Any]:
        api = self.engine.api
        own_network = spec.network is not None and spec.network not in _BUILT_IN_NETWORKS
        names = [*([spec.hostname] if spec.hostname else []), *spec.aliases]
        endpoint = api.create_endpoint_config(aliases=names or None, ipv4_address=spec.address)
        return {
            "image": spec.image,
            "command": None if spec.command is None else list(spec.command),
            "entrypoint": None if spec.entrypoint is None else list(spec.entrypoint),
            "environment": dict(spec.environment),
            "user": spec.user,
            "hostname": spec.hostname,
            "ports": list(spec.publish),
            "labels": {**spec.labels, **self._labels()},
            "networking_config": (
                api.create_networking_config({str(spec.network): endpoint}) if own_network else None
            ),
            "host_config": api.create_host_config(**_host_options(self.engine, spec)),
        }

    def _remove(self, *, passes: int) -> None:
        for turn in range(passes):
            if turn:
                time.sleep(_BETWEEN_PASSES_SECONDS)
            sweep(self.engine, self.run_id)


def sweep(engine: Engine, run_id: str | None = None) -> Swept:
    """Remove what a run left; without an id, what runs left whose process no longer lives.

    Raises:
        EngineLost: something could not be removed; the rest was, as far as possible.
    """
    filters = {"label": RUN_LABEL if run_id is None else f"{RUN_LABEL}={run_id}"}
    problems: list[EngineError] = []

    def wanted(found: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
        return [item for item in found or () if run_id is not None or _is_abandoned(item)]

    def remove(removals: Mapping[str, Callable[[], object]]) -> tuple[str, ...]:
        removed = []
        for name, call in sorted(removals.items()):
            try:
                _remove_one(engine, call)
            except EngineError as err:
                problems.append(err)
            else:
                removed.append(name)
        return tuple(removed)

    with engine.calls("listing what runs left") as api:
        containers = wanted(api.containers(all=True, filters=filters))
        networks = wanted(api.networks(filters=filters))
        volumes = wanted(api.volumes(filters=filters).get("Volumes"))
        images = wanted(api.images(filters=filters))
    # In this order: a network or volume goes only when nothing uses it.
    swept = Swept(
        containers=remove(
            {
                _container_name(item): partial(api.remove_container, item["Id"], v=True, force=True)
                for item in containers
            }
        ),
        networks=remove({i["Name"]: partial(api.remove_network, i["Id"]) for i in networks}),
        volumes=remove(
            {i["Name"]: partial(api.remove_volume, i["Name"], force=True) for i in volumes}
        ),
        images=remove({i["Id"]: partial(api.remove_image, i["Id"], force=True) for i in images}),
    )
    if problems:
        raise problems[0]
    return swept


def _container_name(item: Mapping[str, Any]) -> str:
    names = item.get("Names") or (item["Id"][:12],)
    return str(names[0]).lstrip("/")


def _is_abandoned(item: Mapping[str, Any]) -> bool:
    labels = item.get("Labels") or {}
    return OWNER_LABEL in labels and not lives(labels[OWNER_LABEL])


def _remove_one(engine: Engine, call: Callable[[], object]) -> None:
    import docker.errors  # noqa: PLC0415

    with engine.calls("removing what was started"):
        try:
            call()
        except docker.errors.APIError as err:
            if err.status_code not in {_GONE, _BEING_REMOVED}:
                raise


def _volatile(path: str, options: str) -> Any:
    """Mount a volume in memory that goes with its container, without what the image has there."""
    from docker.types import DriverConfig, Mount  # noqa: PLC0415

    memory = {"type": "tmpfs", "device": "tmpfs", "o": options}
    return Mount(
        target=path,
        source=None,
        type="volume",
        no_copy=True,
        driver_config=DriverConfig("local", memory),
    )


def _host_options(engine: Engine, spec: ContainerSpec) -> dict[str, Any]:
    from docker.types import Ulimit  # noqa: PLC0415

    interface = engine.endpoint.publish_on
    return {
        "read_only": spec.read_only,
        "cap_drop": list(spec.cap_drop),
        "cap_add": list(spec.cap_add),
        "security_opt": ["no-new-privileges:true"] if spec.no_new_privileges else None,
        "mem_limit": spec.memory_bytes,
        "memswap_limit": spec.memory_bytes,
        "nano_cpus": None if spec.cpus is None else round(spec.cpus * 1_000_000_000),
        "pids_limit": spec.pids_limit,
        "tmpfs": dict(spec.tmpfs),
        "mounts": [_volatile(path, options) for path, options in spec.volatile.items()] or None,
        "ulimits": [
            Ulimit(name=name, soft=soft, hard=hard)
            for name, (soft, hard) in sorted(spec.ulimits.items())
        ],
        "port_bindings": dict.fromkeys(spec.publish, (interface, None)),
        "network_mode": spec.network,
        # Kubernetes starts the image's own command as PID 1.
        "init": False,
        "auto_remove": False,
    }
