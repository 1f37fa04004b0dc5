"""Exit 75: transient; the same command may pass later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imagekit.errors.base import ExitCode, ImagekitError


class TransientError(ImagekitError):
    """Nothing here is wrong; the same command may pass later."""

    exit_code = ExitCode.TRANSIENT


@dataclass(kw_only=True, eq=False)
class RegistryUnanswered(TransientError):
    """A registry (of images, Hex or npm packages, or a distribution's mirror) did not answer."""

    page: ClassVar[str] = "registry-unanswered"
    during: str
    output: tuple[str, ...]
    base: bool = False
    """Whether a base image was asked for."""

    @property
    def what(self) -> str:
        return f"A registry did not answer during {self.during}."

    @property
    def found(self) -> str:
        return "\n".join(self.output)

    @property
    def advice(self) -> str:
        if self.base:
            return (
                "Check the network and the engine's mirrors, and that the version asked for has "
                'an image; `toolchain = "distribution"` needs no image of Elixir.'
            )
        return (
            "Check the network and [network] in imagekit.toml (`hex_mirror`, `npmrc`, "
            "`apt_sources`, `ca_bundle`), then try again."
        )
