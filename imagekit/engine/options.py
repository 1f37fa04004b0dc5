"""What the engine is told of a container that it shall create."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from imagekit.engine.client import Engine
from imagekit.engine.container import ContainerSpec

_BUILT_IN_NETWORKS: Final = frozenset({"bridge", "default", "host", "none"})


def create_options(
    engine: Engine, spec: ContainerSpec, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Give what the engine's API is told, in the words of `docker.APIClient.create_container`."""
    api = engine.api
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
        "labels": {**spec.labels, **labels},
        "networking_config": (
            api.create_networking_config({str(spec.network): endpoint}) if own_network else None
        ),
        "host_config": api.create_host_config(**_host_options(engine, spec)),
    }


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
