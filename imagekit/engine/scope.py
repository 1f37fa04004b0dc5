"""What a run starts, it removes: labels at the start, removal by label at the end.

Removal asks the engine for what carries the run's label, not a list of ours: a
Ctrl-C between the engine's work and its answer would leave a gap in such a list.
"""

from __future__ import annotations

import ipaddress
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Self

from imagekit.engine import networks
from imagekit.engine.client import Engine
from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.options import create_options
from imagekit.engine.owner import owner
from imagekit.engine.sweep import OWNER_LABEL, RUN_LABEL, remove_one, sweep
from imagekit.errors import EngineError, EngineRefused, ImageNotFound

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
                options = create_options(self.engine, spec, self._labels())
                made = api.create_container(**options)["Id"]
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
        remove_one(self.engine, call)

    def commit(self, container: Container) -> str:
        """Make an image of a container; give its id. It carries the container's labels."""
        with self.engine.calls("making an image of a container", hide=container.hide) as api:
            return str(api.commit(container.id)["Id"])

    def remove_image(self, image_id: str) -> None:
        """Remove an image that `commit` made, before the scope ends."""
        remove_one(self.engine, partial(self.engine.api.remove_image, image_id, force=True))

    def network(self, name: str) -> str:
        """Create a network, in which containers reach each other by `hostname`; give its name."""
        full = f"imagekit-{self.run_id}-{name}"
        networks.create(self.engine, full, self._labels())
        return full

    def addressed_network(self, name: str) -> tuple[str, ipaddress.IPv4Network]:
        """Create a network in which addresses are chosen; give its name and its addresses.

        Raises:
            EngineRefused: there is no free range, or none of IPv4.
        """
        full = f"imagekit-{self.run_id}-{name}"
        return networks.create_addressed(self.engine, full, self._labels())

    def volume(self, name: str) -> str:
        """Create a volume; give its name."""
        full = f"imagekit-{self.run_id}-{name}"
        with self.engine.calls("creating a volume") as api:
            api.create_volume(full, labels=self._labels())
        return full

    def _labels(self) -> dict[str, str]:
        return {RUN_LABEL: self.run_id, OWNER_LABEL: owner()}

    def _remove(self, *, passes: int) -> None:
        for turn in range(passes):
            if turn:
                time.sleep(_BETWEEN_PASSES_SECONDS)
            sweep(self.engine, self.run_id)
