"""Written, checked, edited, checked again: what a project's CI does with `imagekit dockerfile`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import APPS, Run

PROJECTS = {
    "hello_web": (),
    "umbrella": ("--release", "jobs_release"),
    "worker": ("--recipe", "alpine"),
}


def test_a_line_of_ones_own_in_the_dockerignore_is_no_change(imagekit: Run, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(APPS / "worker", root)
    imagekit("dockerfile", root, "--write")
    ignored = root / ".dockerignore"
    ignored.write_text(ignored.read_text().replace("kept:\n", "kept:\nbig.bin\n"))
    assert imagekit("dockerfile", root, "--check").code == 0


@pytest.mark.parametrize("project", PROJECTS)
def test_written_it_stays_up_to_date_until_it_is_edited(
    imagekit: Run, tmp_path: Path, project: str
) -> None:
    root = tmp_path / "project"
    shutil.copytree(APPS / project, root)
    before = imagekit("dockerfile", root, *PROJECTS[project]).out

    def dockerfile(flag: str) -> int:
        return imagekit("dockerfile", root, flag, *PROJECTS[project], LANG="C").code

    assert dockerfile("--check") == 4
    assert dockerfile("--write") == 0
    assert dockerfile("--check") == 0
    assert (root / "Dockerfile").read_text() == before
    assert imagekit("dockerfile", root, *PROJECTS[project]).out == before

    (root / "Dockerfile").write_text(before.replace("SIGTERM", "SIGKILL"))
    assert dockerfile("--check") == 4
    assert dockerfile("--write") == 0
    assert dockerfile("--check") == 0
