"""`[lint]`: which rule counts for how much, and where."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from imagekit.settings.schema.base import Section

RuleName = Annotated[str, Field(pattern=r"^(IK[0-9]{3}|[A-Z]{2}[0-9]{4}|[A-Z][A-Za-z]+)$")]
"""`IK101`, hadolint's `DL3008` and `SC2086`, or the name of one of BuildKit's checks."""


class LintSettings(Section):
    """`[lint]`: which rule counts for how much, and where."""

    fail_on: Literal["error", "warning", "info"] = "error"
    """The lowest severity that ends with exit code 4."""
    severity: dict[RuleName, Literal["error", "warning", "info", "off"]] = Field(
        default_factory=dict
    )
    """A rule's severity instead of its default; `off` switches it off."""
    off: dict[str, tuple[RuleName, ...]] = Field(default_factory=dict)
    """Rules that are off for some files: a pattern as in `.gitignore`, and their ids."""
    hadolint: bool = True
    """Whether hadolint's findings are reported too."""
    buildkit: bool = True
    """Whether BuildKit's own checks are reported too, where the builder offers them."""
    baseline: str | None = None
    """File with the findings that are known, and not reported; beside `imagekit.toml`."""
