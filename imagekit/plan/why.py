"""Why a stage will re-run: what the last build saw, compared with what is there now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final, TypeAlias, assert_never

from imagekit.plan.expand import MANIFEST_CONFIG, MANIFEST_PROJECT
from imagekit.plan.inputs import FileChanged, Reason, Result, StageInputs, StageReran, StepsChanged
from imagekit.plan.inputs import reruns as _reruns

Words: TypeAlias = tuple[tuple[str, str], ...]
_MOST_TOLD: Final = 3
_PROJECT: Final = Result(stage="manifest", folder=MANIFEST_PROJECT)
_CONFIG: Final = Result(stage="manifest", folder=MANIFEST_CONFIG)


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What `mix.lock` says of one dependency."""

    version: str
    production: bool
    """Whether production may need it; of what only the lock file names, that is not known."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a build of a tree saw."""

    stages: tuple[StageInputs, ...]
    digests: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """Of each file that some stage takes."""
    locked: Mapping[str, Locked] = field(default_factory=dict)
    lock_file: PurePosixPath | None = None
    config: AbstractSet[PurePosixPath] = frozenset()
    """Compile-time configuration files."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why one stage will re-run."""

    stage: str
    file: PurePosixPath | None
    """The first file that changed; `None` where the stage itself is another."""
    detail: str
    """What of it, where that can be told: `plug 1.18.1 -> 1.18.2`."""
    through: tuple[str, ...]
    """The stages that the change comes through, nearest first."""
    certain: bool
    """False where it re-runs only if an earlier stage gives another result than before."""


def why(before: Seen, after: Seen) -> tuple[Why, ...]:
    """Say of each stage that will re-run what changed first, in the order of the plan."""
    changed = {
        path for path, digest in after.digests.items() if before.digests.get(path) != digest
    } | (set(before.digests) - set(after.digests))
    found = _reruns(before.stages, after.stages, changed, _same(before, after, changed))
    follows = {each.name: each.follows for each in after.stages}
    said = {**_came_and_went(before, after), **_moved(before, after)}
    told: dict[str, Why] = {}
    for stage, reason in found.items():
        told[stage] = _told(stage, reason, told, follows, said)
        if isinstance(reason, StepsChanged) and (words := _others(stage, before, after)):
            told[stage] = replace(told[stage], detail=words)
    return tuple(told.values())


def _told(
    stage: str,
    reason: Reason,
    earlier: Mapping[str, Why],
    follows: Mapping[str, str | None],
    said: Mapping[PurePosixPath, str],
) -> Why:
    match reason:
        case FileChanged(path=path):
            detail = said.get(path, "")
            return Why(stage=stage, file=path, detail=detail, through=(), certain=True)
        case StepsChanged():
            detail = "its base image, environment or steps are others"
            return Why(stage=stage, file=None, detail=detail, through=(), certain=True)
        case StageReran(stage=source):
            cause = earlier[source]
            return Why(
                stage=stage,
                file=cause.file,
                detail=cause.detail,
                through=(source, *cause.through),
                certain=cause.certain and follows[stage] == source,
            )
        case _:
            assert_never(reason)


def _others(stage: str, before: Seen, after: Seen) -> str:
    """Say what a stage itself has that it had not; empty where a few words do not tell."""
    old, new = (
        next((each.words for each in seen.stages if each.name == stage), ())
        for seen in (before, after)
    )
    if not old or not new:
        return ""
    changed = sorted({name for name, _ in {*old} ^ {*new}})
    told = [_other(name, _of(name, old, new), _of(name, new, old)) for name in changed]
    more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return f"{', '.join(told[:_MOST_TOLD])}{more}" if told else ""


def _of(name: str, ours: Words, others: Words) -> str:
    return " ".join(value for each, value in ours if each == name and (each, value) not in others)


def _other(name: str, old: str, new: str) -> str:
    if name.startswith("variable "):
        return f"{name} is {'another' if old and new else 'new' if new else 'gone'}"
    if not new:
        return f"{name} {old} is gone"
    return f"{name} {old} -> {new}" if old else f"{name} {new} is new"


def _came_and_went(before: Seen, after: Seen) -> dict[PurePosixPath, str]:
    """Say which files are new, and which are there no more."""
    old, new = set(before.digests), set(after.digests)
    return {**dict.fromkeys(new - old, "is new"), **dict.fromkeys(old - new, "is gone")}


def _moved(before: Seen, after: Seen) -> dict[PurePosixPath, str]:
    """Say which dependencies the lock file moves."""
    if after.lock_file is None:
        return {}
    names = _moved_names(before, after)
    if not names:
        return {}
    words = []
    for name in names:
        old, new = before.locked.get(name), after.locked.get(name)
        if old is None and new is not None:
            words.append(f"{name} {new.version} is new")
        elif new is None:
            words.append(f"{name} is gone")
        elif old is not None:
            words.append(f"{name} {old.version} -> {new.version}")
    return {after.lock_file: ", ".join(words)}


def _moved_names(before: Seen, after: Seen) -> tuple[str, ...]:
    names = sorted({*before.locked, *after.locked})
    return tuple(
        name
        for name in names
        if _version(before.locked.get(name)) != _version(after.locked.get(name))
    )


def _version(locked: Locked | None) -> str | None:
    return locked.version if locked is not None else None


def _same(before: Seen, after: Seen, changed: AbstractSet[PurePosixPath]) -> frozenset[Result]:
    """Give results that are known to stay what they were, without asking Mix."""
    manifest = {path for each in after.stages if each.name == "manifest" for path in each.files}
    seen = {*manifest, *(p for e in before.stages if e.name == "manifest" for p in e.files)}
    touched = seen & changed
    same = set()
    if touched <= after.config | before.config or touched <= {after.lock_file} & _harmless(
        before, after
    ):
        same.add(_PROJECT)
    if touched <= {after.lock_file}:
        same.add(_CONFIG)
    for result in (each for stage in after.stages for each in stage.takes):
        name = result.folder.name
        if result.stage == "fetch" and name in after.locked:
            kept = _version(before.locked.get(name)) == after.locked[name].version
            same |= {result} if kept else set()
    return frozenset(same)


def _harmless(before: Seen, after: Seen) -> set[PurePosixPath | None]:
    """Give the lock file, if all that moved in it is for development only."""
    moved = [
        locked
        for name in _moved_names(before, after)
        for locked in (before.locked.get(name), after.locked.get(name))
        if locked is not None
    ]
    return {after.lock_file} if moved and not any(each.production for each in moved) else set()
