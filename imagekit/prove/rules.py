"""The rules of `[cache]`: which files are edited for each, and what a build says then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from pathspec import GitIgnoreSpec

from imagekit.engine.events import StageResult
from imagekit.errors import InvalidValue, NothingToProve, closest
from imagekit.plan.inputs import StageInputs
from imagekit.plan.model import Plan
from imagekit.prove.edits import is_editable
from imagekit.settings.load import FILE_NAME
from imagekit.settings.schema.cache import CacheRule

_KEY: Final = "cache.rule"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A rule, and the files that are edited to try it, sorted."""

    rule: CacheRule
    files: tuple[PurePosixPath, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a build after the edit did."""

    trial: Trial
    reused: tuple[str, ...]
    """Stages that were cached, as the builder names them, in its order."""
    ran: tuple[str, ...]
    """Stages that ran."""

    @property
    def broken(self) -> tuple[str, ...]:
        """Stages that the rule wants reused and that were not, or that took no part."""
        return tuple(each for each in self.trial.rule.must_reuse if each not in self.reused)

    @property
    def held(self) -> bool:
        """Whether the rule holds."""
        return not self.broken


def trials(
    rules: Sequence[CacheRule],
    plan: Plan,
    stages: Sequence[StageInputs],
    paths: Iterable[PurePosixPath],
) -> tuple[Trial, ...]:
    """Choose what is edited for each rule.

    Args:
        rules: the project's own.
        plan: its stages can be named by a rule.
        stages: what each of them reads.
        paths: every file that may be edited.

    Raises:
        NothingToProve: there is no rule, or one whose pattern matches no file that can be edited.
        InvalidValue: a rule names a stage that the plan does not have.
    """
    if not rules:
        raise NothingToProve(edit="", matched=())
    known = tuple(stage.name for stage in plan.stages)
    files = tuple(sorted(paths))
    for rule in rules:
        for name in rule.must_reuse:
            if name not in known:
                meant = closest(name, known)
                hint = f"; perhaps you meant `{meant}`" if meant else ""
                raise InvalidValue(
                    file=FILE_NAME,
                    key=f"{_KEY}.must_reuse",
                    problem=f"this plan has no stage `{name}`, it has {', '.join(known)}{hint}",
                    value="",
                )
    return tuple(Trial(rule=rule, files=_chosen(rule, stages, files)) for rule in rules)


def _chosen(
    rule: CacheRule, stages: Sequence[StageInputs], files: Sequence[PurePosixPath]
) -> tuple[PurePosixPath, ...]:
    """Choose one file of each kind: read by the same stages, in the same language.

    A pattern may match a template, which an asset build scans, and a module, which it does not.
    """
    wanted = GitIgnoreSpec.from_lines([rule.edit])
    matched = tuple(path for path in files if wanted.match_file(str(path)))
    readers: Mapping[PurePosixPath, frozenset[str]] = {
        path: frozenset(stage.name for stage in stages if path in stage.files) for path in matched
    }
    kinds: dict[tuple[frozenset[str], str], PurePosixPath] = {}
    for path in matched:
        if is_editable(path):
            kinds.setdefault((readers[path], path.suffix), path)
    if not kinds:
        raise NothingToProve(edit=rule.edit, matched=tuple(map(str, matched)))
    return tuple(sorted(kinds.values()))


def outcome(trial: Trial, stages: Iterable[StageResult], plan: Plan) -> Outcome:
    """Hold a build against a rule."""
    known = {stage.name for stage in plan.stages}
    mine = tuple(stage for stage in stages if stage.name in known)
    return Outcome(
        trial=trial,
        reused=tuple(stage.name for stage in mine if stage.cached),
        ran=tuple(stage.name for stage in mine if not stage.cached),
    )
