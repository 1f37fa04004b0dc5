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


@dataclass(kw_only=True, eq=False)
class LintFailed(FindingsError):
    """`lint` has findings at the level that fails; `rules` are theirs, by number of findings."""

    page: ClassVar[str] = "lint-failed"
    findings: int
    files: int
    level: str
    rules: tuple[str, ...]

    @property
    def what(self) -> str:
        findings = "A finding" if self.findings == 1 else f"{self.findings} findings"
        above = "" if self.level == "error" else " or above"
        where = "one file" if self.files == 1 else f"{self.files} files"
        return f"{findings} at {self.level} level{above} in {where}."

    @property
    def found(self) -> str:
        return f"rules: {', '.join(self.rules)}"

    @property
    def advice(self) -> str:
        ours = next((rule for rule in self.rules if rule.startswith("IK")), None)
        if ours is None:
            return "`imagekit lint --json` has, as `more`, the address that explains each finding."
        return f"`imagekit explain {ours}` says what is wanted, why, and how to get there."


@dataclass(kw_only=True, eq=False)
class CacheRuleBroken(FindingsError):
    """A rule of `[cache]` does not hold; `broken` has its pattern and the stages."""

    page: ClassVar[str] = "cache-rule-broken"
    broken: tuple[str, ...]

    @property
    def what(self) -> str:
        count = "A cache rule does" if len(self.broken) == 1 else f"{len(self.broken)} rules do"
        return f"{count} not hold: stages that had to be reused ran again."

    @property
    def found(self) -> str:
        return "\n".join(self.broken)

    @property
    def advice(self) -> str:
        return (
            "See with `imagekit plan` what the stage reads, then correct the project or the rule."
        )
