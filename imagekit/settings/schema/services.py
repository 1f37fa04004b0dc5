"""`[[verify.service]]`: what runs beside the image under test."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from imagekit.settings.schema.base import (
    EnvironmentName,
    Generate,
    HostName,
    Port,
    Seconds,
    Section,
)

PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class ServiceReadiness(Section):
    """How a service is known to be ready: one of the three."""

    port: Port | None = None
    """A port that takes a connection and keeps it."""
    command: tuple[str, ...] = ()
    """A command in its container that ends with exit code 0."""
    log: str | None = Field(default=None, min_length=1)
    """A text that appears in its output."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(map(bool, (self.port, self.command, self.log))) != 1:
            message = "it is ready by one of `port`, `command` and `log`"
            raise ValueError(message)
        return self


class ServiceSettings(Section):
    """`[[verify.service]]`: a container beside the image under test, on a network of their own."""

    name: HostName
    """Also the host name that the app reaches it under."""
    image: Annotated[str, Field(min_length=1)]
    env: dict[EnvironmentName, str | Generate] = Field(default_factory=dict)
    """Environment of its container."""
    command: tuple[str, ...] = ()
    """Arguments instead of the image's own."""
    port: Port | None = None
    """The port it serves; ready when that takes a connection, unless `ready` says otherwise."""
    ready: ServiceReadiness | None = None
    provides: dict[EnvironmentName, str] = Field(default_factory=dict)
    """Variables for the app; `{host}`, `{port}` and `{NAME}` of its own `env` are filled in."""
    within: Seconds = 60.0
    """How long it may take until it is ready."""

    @model_validator(mode="after")
    def _can_be_filled_in(self) -> Self:
        if self.ready is None and self.port is None:
            message = f"the service `{self.name}` needs a `port`, or `ready`"
            raise ValueError(message)
        known = {"host", *self.env, *(("port",) if self.port else ())}
        for name, text in self.provides.items():
            for placeholder in PLACEHOLDER.findall(text):
                if placeholder not in known:
                    message = (
                        f"`{name}` of the service `{self.name}` asks for {{{placeholder}}}, and "
                        f"there is only {', '.join(f'{{{each}}}' for each in sorted(known))}"
                    )
                    raise ValueError(message)
        return self
