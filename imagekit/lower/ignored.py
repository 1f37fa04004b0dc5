"""What the plan leaves out becomes a `.dockerignore`."""

from __future__ import annotations

from imagekit.dockerfile import (
    Comment,
    Dockerignore,
    IgnoreLine,
    IgnorePath,
    IgnorePattern,
)
from imagekit.dockerfile.quote import literal_pattern
from imagekit.lower.places import (
    HEADER,
    SCRIPTS_FOLDER,
)
from imagekit.plan.model import LeftOut, Plan
from imagekit.project.dockerignore import END_OF_OURS, END_OF_USER_LINES, USER_LINES


def lower_ignored(plan: Plan) -> Dockerignore:
    """Turn what the plan ignores into a `.dockerignore`, the user's own lines in it.

    They can take back what stands above them, and not what stands below: caches and secrets.
    """
    below = (each for each in plan.ignored if each.folder is not None)
    anywhere = (each for each in plan.ignored if each.folder is None)
    lines: list[IgnoreLine] = [
        Comment(text=HEADER),
        *dict.fromkeys(IgnorePattern(pattern=_ignore_pattern(each)) for each in below),
        Comment(text=USER_LINES),
        *(_ignore_line(line) for line in plan.ignored_by_user),
        Comment(text=END_OF_USER_LINES),
        IgnorePath(path=SCRIPTS_FOLDER, keep=True),
        *(IgnorePattern(pattern=_ignore_pattern(each)) for each in anywhere),
        Comment(text=END_OF_OURS),
    ]
    return Dockerignore(lines=tuple(lines))


def _ignore_line(line: str) -> IgnoreLine:
    """Turn a line of the user's own `.dockerignore` into what it means."""
    if line.startswith("#"):
        return Comment(text=line.removeprefix("#").strip())
    return IgnorePattern(pattern=line.removeprefix("!").strip(), keep=line.startswith("!"))


def _ignore_pattern(ignored: LeftOut) -> str:
    if ignored.folder is None:
        return f"**/{ignored.pattern}"
    if not ignored.folder.parts:
        return ignored.pattern
    return f"{literal_pattern(str(ignored.folder))}/{ignored.pattern}"
