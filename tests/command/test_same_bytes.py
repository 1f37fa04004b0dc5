"""Same input, same bytes: two processes that share nothing but the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import APPS, Run

PROJECTS = {
    "hello_web": (),
    "umbrella": ("--release", "web_release"),
    "worker": (),
    "broken/lock_out_of_step": (),
    "broken/dependency_does_not_compile": (),
    "broken/dies_at_boot": (),
    "broken/never_listens": (),
}
VERBS = {"dockerfile": ("--json",), "plan": ("--json",)}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("project", PROJECTS)
def test_neither_machine_nor_user_nor_place_shows(
    imagekit: Run, tmp_path: Path, project: str, verb: str
) -> None:
    home = tmp_path / "other home"
    home.mkdir()
    # Another place, with other times, and a link on the way.
    copy = tmp_path / "a copy"
    shutil.copytree(APPS / project, copy, copy_function=shutil.copyfile)
    (tmp_path / "link").symlink_to(copy)
    arguments = (*PROJECTS[project], *VERBS[verb])
    one = imagekit(verb, APPS / project, *arguments, PYTHONHASHSEED="1", TZ="UTC", USER="one")
    other = imagekit(
        verb,
        ".",
        *arguments,
        cwd=tmp_path / "link",
        PYTHONHASHSEED="2",
        HOME=str(home),
        LANG="tr_TR.ISO-8859-9",
        LC_ALL="C",
        TZ="Asia/Tokyo",
        USER="other",
        COLUMNS="40",
    )
    assert (one.code, one.err) == (0, "")
    assert (other.code, other.err) == (0, "")
    assert one.out == other.out
    assert str(tmp_path) not in one.out + other.out
