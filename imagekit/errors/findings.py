"""Exit 4: findings in files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imagekit.errors.base import ExitCode, ImagekitError


class FindingsError(ImagekitError):
    """A check of files found something at error level."""

    exit_code = ExitCode.FINDINGS


@dataclass(kw_only=True, eq=False)
class StaleDockerfile(FindingsError):
    """The written Dockerfile differs from what imagekit would write now."""

    page: ClassVar[str] = "stale-dockerfile"
    files: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"{', '.join(self.files)} {'is' if len(self.files) == 1 else 'are'} out of date."

    @property
    def advice(self) -> str:
        return "Run `imagekit dockerfile --write` and commit the result."
