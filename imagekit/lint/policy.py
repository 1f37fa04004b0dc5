"""Which rule counts for how much where: `[lint]` of `imagekit.toml`. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from imagekit.errors import UnknownKey
from imagekit.lint.model import Severity
from imagekit.lint.rules import by_id

if TYPE_CHECKING:  # only a project with an imagekit.toml loads the schema
    from imagekit.settings.schema.lint import LintSettings

Level = Literal["error", "warning", "info", "off"]

FILE: Final = "imagekit.toml"


@dataclass(frozen=True, kw_only=True)
class Off:
    """A rule that did not run, and where: everywhere, or on files of a pattern."""

    rule: str
    pattern: str | None = None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The settings for the files below one folder."""

    root: str | None = None
    """The folder of `imagekit.toml`, as file names begin with it; patterns and the names in a
    baseline are relative to it. `None` without one."""
    levels: Mapping[str, Level] = field(default_factory=dict)
    off: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Pattern of paths to the rules that are off there."""
    fail_on: Severity = Severity.ERROR
    """The lowest severity that fails."""
    hadolint: bool = True
    buildkit: bool = True
    baseline: str | None = None
    """File of the known findings, as messages name it."""

    @classmethod
    def of(cls, lint: LintSettings, root: str) -> Policy:
        """Take `[lint]`, and check the names of rules.

        Raises:
            UnknownKey: an `IK...` that is no rule.
        """
        for name in lint.severity:
            _known(f"lint.severity.{name}", name)
        for pattern, names in lint.off.items():
            for name in names:
                _known(f'lint.off."{pattern}".{name}', name)
        return cls(
            root=root,
            levels=lint.severity,
            off=lint.off,
            fail_on=Severity(lint.fail_on),
            hadolint=lint.hadolint,
            buildkit=lint.buildkit,
            baseline=posixpath.join(root, lint.baseline) if lint.baseline else None,
        )

    def severity(self, rule: str, default: Severity, file: str) -> Severity | None:
        """Give how much a rule counts for a file; `None` when it is off there."""
        level = self.levels.get(rule)
        if level == "off" or any(rule in names for _, names in self._off_for(file)):
            return None
        return default if level is None else Severity(level)

    def disabled(self, file: str) -> Iterator[Off]:
        """Give the rules that are off for a file."""
        for rule, level in sorted(self.levels.items()):
            if level == "off":
                yield Off(rule=rule)
        for pattern, names in self._off_for(file):
            yield from (Off(rule=rule, pattern=pattern) for rule in sorted(names))

    def _off_for(self, file: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self.off:
            path = posixpath.relpath(file, self.root or ".")
            yield from (each for each in self.off.items() if _matches(path, each[0]))


def _matches(path: str, pattern: str) -> bool:
    """Match as `.gitignore` does: `deploy/` is all below it, `*` stays within a name."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - most projects switch nothing off by path

    return GitIgnoreSpec.from_lines([pattern]).match_file(path)


def _known(key: str, name: str) -> None:
    if name.startswith("IK") and name not in by_id():
        raise UnknownKey(file=FILE, key=key, allowed=tuple(by_id()))
