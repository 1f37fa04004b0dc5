"""What of a project's tree gets into the build context, judged as BuildKit does."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagekit import eject
from imagekit.plan.compose import compose
from imagekit.project.dockerignore import END_OF_OURS, END_OF_USER_LINES, USER_LINES, Ignored
from imagekit.project.model import Project
from tests.unit.plan.projects import recipe, settings


def in_context(project: Project) -> frozenset[PurePosixPath]:
    """Give the paths that the composed `.dockerignore` leaves in."""
    plan = compose(project, settings(release=project.releases[0].name), recipe())
    text = eject.dockerignore(plan).replace(f"# {USER_LINES}\n", "")
    text = text.replace(f"# {END_OF_OURS}\n", "")
    ignored = Ignored.parse(text.replace(f"# {END_OF_USER_LINES}\n", ""))
    return frozenset(path for path in project.paths if not _left_out(path, ignored))


def _left_out(path: PurePosixPath, ignored: Ignored) -> bool:
    verdict = ignored.top
    for each in (*reversed(path.parents[:-1]), path):
        verdict = ignored.judge(str(each), verdict)
    return verdict.left_out
