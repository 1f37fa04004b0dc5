"""Exit 2: a reference to an image, a pin, or a pair of bases that cannot be meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imagekit.errors.configuration import ConfigurationError


@dataclass(kw_only=True, eq=False)
class InvalidReference(ConfigurationError):
    """An image reference or platform that the OCI distribution grammar does not allow."""

    page: ClassVar[str] = "invalid-reference"
    reference: str
    problem: str

    @property
    def what(self) -> str:
        return f"`{self.reference}` is not a valid image reference or platform."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return "Write it as [host[:port]/]name[:tag][@digest], in lower case, or os/arch."


@dataclass(kw_only=True, eq=False)
class ImageNotFound(ConfigurationError):
    """`verify` or `inspect` was given an image that the engine does not have."""

    page: ClassVar[str] = "image-not-found"
    reference: str

    @property
    def what(self) -> str:
        return f"The engine has no image {self.reference}."

    @property
    def advice(self) -> str:
        return "Build it, or pull it first (`docker pull`, with `--platform` where that matters)."


@dataclass(kw_only=True, eq=False)
class PinOutOfStep(ConfigurationError):
    """`--locked`, and a base image of the plan has no pin, or a pin of another tag."""

    page: ClassVar[str] = "pin-out-of-step"
    file: str
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    """Pins of other tags of the missing images."""

    @property
    def what(self) -> str:
        count = "a base image" if len(self.missing) == 1 else f"{len(self.missing)} base images"
        return f"{self.file} has no pin for {count} of this plan, and `--locked` was given."

    @property
    def found(self) -> str:
        return "\n".join(
            (
                *(f"missing: {each}" for each in self.missing),
                *(f"stale: {each}" for each in self.stale),
            )
        )

    @property
    def advice(self) -> str:
        return f"Run `imagekit lock` with the same options, and commit {self.file}."


@dataclass(kw_only=True, eq=False)
class BasesDoNotFit(ConfigurationError):
    """What is compiled on the one base image does not run on the other."""

    page: ClassVar[str] = "bases-do-not-fit"
    builder: str
    runtime: str
    builder_has: str
    runtime_has: str

    @property
    def what(self) -> str:
        return f"What is built on {self.builder} does not run on {self.runtime}."

    @property
    def found(self) -> str:
        return f"builder: {self.builder_has}\nruntime: {self.runtime_has}"

    @property
    def advice(self) -> str:
        return "Take both base images of the recipe from the same release of one distribution."
