"""Exit 7: verification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from imagekit.errors.base import ExitCode, ImagekitError


class VerificationError(ImagekitError):
    """The image is there, and is not good."""

    exit_code = ExitCode.VERIFICATION


_READY: Final = "boot.ready"


@dataclass(kw_only=True, eq=False)
class VerificationFailed(VerificationError):
    """At least one check failed, or none ran.

    `image_id` is by what the engine has it: a built image that failed gets no tag.
    """

    page: ClassVar[str] = "verification-failed"
    reference: str
    image_id: str
    failed: tuple[str, ...]

    @property
    def what(self) -> str:
        if not self.failed:
            return f"{self.reference} was not verified: no check, or no boot, ran."
        checks = "a check" if len(self.failed) == 1 else f"{len(self.failed)} checks"
        return f"{self.reference} failed {checks}: {', '.join(self.failed)}."

    @property
    def found(self) -> str:
        return f"the image: {self.image_id}" if self.image_id != self.reference else ""

    @property
    def advice(self) -> str:
        # What is wrong with the boot is asked first, whatever else is.
        first = _READY if _READY in self.failed else None
        name = first or (self.failed[0] if self.failed else self.page)
        return f"`imagekit explain {name}` says what is wanted and how to get there."


@dataclass(kw_only=True, eq=False)
class ImageNotReproducible(VerificationError):
    """Two builds without a cache gave two images.

    `differences` name a file each, with what it belongs to.
    """

    page: ClassVar[str] = "image-not-reproducible"
    release: str
    differences: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"Two builds of {self.release} gave two images."

    @property
    def found(self) -> str:
        return "\n".join(self.differences)

    @property
    def advice(self) -> str:
        return "Make what the files above belong to deterministic, or report it to its authors."
