"""What the last build of a tree saw, kept in the user's cache folder for `imagekit why`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

from imagekit.build.user_cache import user_cache
from imagekit.plan.inputs import Result, StageInputs, stage_inputs
from imagekit.plan.model import Plan
from imagekit.plan.why import Locked, Seen
from imagekit.project.model import ConfigTime, Project
from imagekit.resolved import known

_SCHEMA: Final = 2


def look(root: Path, plan: Plan, project: Project) -> Seen:
    """Read what the stages of a plan take from the tree, as digests."""
    stages = stage_inputs(plan, project)
    files = sorted({path for stage in stages for path in stage.files})
    return Seen(
        stages=stages,
        digests={path: _digest(root / path) for path in files},
        locked={
            each.name: Locked(
                version=version,
                production=each.environments is None or "prod" in each.environments,
            )
            for each in project.dependencies
            if each.scm in ("hex", "git") and (version := known(each.version)) is not None
        },
        lock_file=project.lock_file,
        config=frozenset(file.path for file in project.config if file.time is ConfigTime.COMPILE),
    )


def memory_of(root: Path, release: str, environment: Mapping[str, str]) -> Path | None:
    """Give the file that remembers builds of one release of one tree; `None` where none can."""
    cache = user_cache(environment)
    if cache is None:
        return None
    # The name tells nobody where the tree is.
    name = hashlib.sha256(f"{root.resolve()}\0{release}".encode(errors="surrogateescape"))
    return cache / "builds" / f"{name.hexdigest()}.json"


def remember(file: Path | None, seen: Seen) -> None:
    """Keep what a build saw; a folder that cannot be written to fails no build."""
    if file is None:
        return
    document = {
        "schema": _SCHEMA,
        "stages": [
            {
                "name": each.name,
                "follows": each.follows,
                "files": [str(path) for path in each.files],
                "takes": [[taken.stage, str(taken.folder)] for taken in each.takes],
                "steps": each.steps,
                "words": each.words,
            }
            for each in seen.stages
        ],
        "digests": {str(path): digest for path, digest in seen.digests.items()},
        "locked": {name: [each.version, each.production] for name, each in seen.locked.items()},
        "lock_file": str(seen.lock_file) if seen.lock_file else None,
        "config": sorted(map(str, seen.config)),
    }
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place: two builds at once leave one of both, whole.
        draft = file.with_suffix(f".{hashlib.sha256(repr(document).encode()).hexdigest()[:12]}")
        draft.write_text(json.dumps(document), encoding="ascii")
        draft.replace(file)


def recall(file: Path | None) -> Seen | None:
    """Give what the last build saw; `None` where none is known, or not in a form of ours."""
    if file is None:
        return None
    try:
        document = json.loads(file.read_text(encoding="ascii"))
        return _seen(document) if document["schema"] == _SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _seen(document: Mapping[str, Any]) -> Seen:
    return Seen(
        stages=tuple(
            StageInputs(
                name=each["name"],
                follows=each["follows"],
                files=tuple(map(PurePosixPath, each["files"])),
                takes=tuple(
                    Result(stage=stage, folder=PurePosixPath(folder))
                    for stage, folder in each["takes"]
                ),
                steps=each["steps"],
                words=tuple((name, value) for name, value in each["words"]),
            )
            for each in document["stages"]
        ),
        digests={PurePosixPath(path): each for path, each in document["digests"].items()},
        locked={
            name: Locked(version=version, production=production)
            for name, (version, production) in document["locked"].items()
        },
        lock_file=PurePosixPath(document["lock_file"]) if document["lock_file"] else None,
        config=frozenset(map(PurePosixPath, document["config"])),
    )


def _digest(path: Path) -> str:
    """Give a digest of a file's content and its mode, as the builder counts both."""
    if path.is_symlink():
        return f"link {path.readlink()}"
    try:
        mode = path.stat().st_mode & 0o7777
        return f"{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return "unreadable"
