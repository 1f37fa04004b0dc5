"""`[runtime]`: how the release runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from imagekit.settings.schema.base import Section, not_a_boolean

Locale = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]+$")]
Folder = Annotated[str, Field(pattern=r"^/[^\s]+$")]
CrashDumpBytes = Annotated[int, Field(ge=0), BeforeValidator(not_a_boolean)]
# The limits of erl(1), as in the schema of recipes.
PortTable = Annotated[int, Field(ge=1024, le=2**27), BeforeValidator(not_a_boolean)]


class PolicySettings(Section):
    """`[runtime.policy]`: terms under which the release runs, instead of the recipe's.

    They are the recipe's terms, and `false` switches one off.
    """

    locale: Locale | Literal[False] | None = None
    """`LANG`."""
    temporary: Folder | Literal[False] | None = None
    """The one folder that may be written to."""
    crash_dump_bytes: CrashDumpBytes | Literal[False] | None = None
    """The longest crash dump, in bytes; 0 for none, `false` for what OTP does."""
    port_table: PortTable | Literal[False] | None = None
    """Size of the VM's port table; `false` goes by `nofile`."""
    distribution_needs_cookie: bool | None = None
    """Whether a release without `RELEASE_COOKIE` runs without distribution."""
    expand_variables: bool | None = None
    """Whether Distillery fills `${VAR}` in."""


class RuntimeSettings(Section):
    """`[runtime]`: how the release runs."""

    policy: PolicySettings = Field(default_factory=PolicySettings)
