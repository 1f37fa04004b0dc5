"""Networks of a run, and the addresses in them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

from imagekit.engine.client import Engine
from imagekit.errors import EngineRefused

_TURNS: Final = 5


def create(engine: Engine, name: str, labels: Mapping[str, str]) -> None:
    """Create a network, in whatever range of addresses the engine has free."""
    with engine.calls("creating a network") as api:
        api.create_network(name, driver="bridge", labels=dict(labels))


def create_addressed(
    engine: Engine, name: str, labels: Mapping[str, str]
) -> tuple[str, ipaddress.IPv4Network]:
    """Create a network in which addresses are chosen; give its name and its addresses.

    The engine lets addresses be chosen only where the range was: so it is asked for a free
    range, which is then asked for by name. Another run may take it in between.

    Raises:
        EngineRefused: there is no free range, or none of IPv4.
    """
    from docker.types import IPAMConfig, IPAMPool  # noqa: PLC0415

    for turn in range(_TURNS):
        full = f"{name}-{turn}"
        create(engine, full, labels)
        with engine.calls("looking at a network") as api:
            found = api.inspect_network(full)["IPAM"]["Config"]
            api.remove_network(full)
        ranges = [each["Subnet"] for each in found or () if ":" not in each["Subnet"]]
        if not ranges:
            raise EngineRefused(during="an IPv4 network", problem="it makes networks of IPv6 only")
        subnet = ipaddress.IPv4Network(ranges[0])
        try:
            with engine.calls("creating a network") as api:
                pool = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))])
                api.create_network(full, driver="bridge", labels=dict(labels), ipam=pool)
        except EngineRefused:
            if turn == _TURNS - 1:
                raise
        else:
            break
    return full, subnet
