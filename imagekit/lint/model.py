"""What a rule is, and what it finds. `imagekit/lint/README.md` says how to add one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from imagekit.dockerfile.text import Location, Span, Text
from imagekit.lint.targets.compose import ComposeFile
from imagekit.lint.targets.dockerfile import DockerfileFile
from imagekit.lint.targets.elixir import ElixirFile
from imagekit.lint.targets.kubernetes import ManifestFile
from imagekit.lint.targets.project import ProjectFiles
from imagekit.lint.targets.settings import SettingsFile

__all__ = [
    "ComposeFile",
    "DockerfileFile",
    "Edit",
    "ElixirFile",
    "Finding",
    "Fix",
    "Hit",
    "Location",
    "ManifestFile",
    "ProjectFiles",
    "Rule",
    "SettingsFile",
    "Severity",
    "Span",
    "Text",
]


class Severity(StrEnum):
    """How bad a finding is; `imagekit/lint/README.md` says what makes an error."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]

    def reaches(self, level: Severity) -> bool:
        """Tell whether it is at a level or above."""
        return self.rank <= level.rank


_RANKS: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of a span; of an empty span, insert."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """A mechanical and safe correction: all edits or none, in the file of the finding."""

    title: str
    """What it does, as `Write the exec form`."""
    edits: tuple[Edit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One place where a rule is broken; what the runner adds makes it a `Finding`."""

    span: Span
    """The smallest part that must change: the caret stands below it."""
    message: str
    """One sentence about this place, without a full stop at its end."""
    fix: Fix | None = None
    severity: Severity | None = None
    """How much this place counts, where that is not what the rule counts."""
    file: Text | None = None
    """Where it is, when that is not the file that was looked at: for rules on projects."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One opinion. It looks at each kind of file that it has a function for."""

    id: str
    """`IK` and three digits; the first is the group (`GROUPS`). For ever, never used again."""
    name: str
    """A few words in kebab case: `secret-in-argument`."""
    severity: Severity
    """Its default; `[lint.severity]` of `imagekit.toml` changes it."""
    summary: str
    """One sentence, what is wanted or wrong in general, without a full stop at its end."""
    covers: frozenset[str] = field(default_factory=frozenset)
    """Codes of hadolint (`DL3006`) and names of BuildKit's checks (`StageNameCasing`) that this
    rule judges too: theirs are left out where this rule is known, and follow its setting."""
    dockerfile: Callable[[DockerfileFile], Iterable[Hit]] | None = None
    """Looks at any Dockerfile, hand-written or composed."""
    compose: Callable[[ComposeFile], Iterable[Hit]] | None = None
    manifest: Callable[[ManifestFile], Iterable[Hit]] | None = None
    """Looks at a file of Kubernetes manifests."""
    elixir: Callable[[ElixirFile], Iterable[Hit]] | None = None
    """Looks at one `mix.exs`, configuration or release file."""
    settings: Callable[[SettingsFile], Iterable[Hit]] | None = None
    """Looks at `imagekit.toml`."""
    project: Callable[[ProjectFiles], Iterable[Hit]] | None = None
    """Looks at a whole project: what no file tells alone."""

    @property
    def group(self) -> str:
        """The name of its group."""
        return GROUPS[self.id[2]]


GROUPS: Final = {
    "0": "lint itself",
    "1": "structure",
    "2": "security",
    "3": "BEAM",
    "4": "Kubernetes",
    "5": "Node",
    "6": "reproducibility",
}
"""First digit of a rule's number to the name of its group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One broken rule at one place."""

    rule: str
    """`IK101`, or the id of another linter: `DL3008`, `SC2086`, `StageNameCasing`."""
    severity: Severity
    text: Text
    span: Span
    message: str
    fix: Fix | None = None

    @property
    def file(self) -> str:
        """The file's name."""
        return self.text.file

    @property
    def location(self) -> Location:
        """Its lines and columns."""
        return self.text.location(self.span)

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts findings: by file, place, rule."""
        return (self.file, self.span.start, self.span.end, self.rule, self.message)
