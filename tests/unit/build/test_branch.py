"""Which branch is built, and which is the main one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from imagekit.build.branch import Branches, find_branches
from imagekit.resolved import Resolved
from imagekit.settings.load import load
from tests.unit.engine.fakes import FakeProcesses, finished

NO = finished(status=1)


def git(head: str = "", origin: str = "", here: str = "", *, repository: bool = True) -> Any:
    def at(*words: str) -> tuple[str, ...]:
        return ("git", "-C", "/p", *words)

    return FakeProcesses(
        {
            at("symbolic-ref", "--short", "HEAD"): finished(f"{head}\n") if head else NO,
            at("symbolic-ref", "--short"): finished(f"{origin}\n") if origin else NO,
            at("for-each-ref"): finished(here),
            at("rev-parse"): finished(".git\n") if repository else NO,
        }
    )


def found(processes: Any, environment: Mapping[str, str], **flags: str) -> Branches:
    settings = load(None, {}, {f"cache.{key}": value for key, value in flags.items()})
    return find_branches(processes, environment, Path("/p"), settings)


def test_git_tells_where_no_ci_does() -> None:
    branches = found(git("feature/cart", "origin/trunk"), {})
    assert branches.current == Resolved(value="feature/cart", source="git: HEAD")
    assert branches.local
    assert branches.main == Resolved(value="trunk", source="git: HEAD of origin")
    assert not branches.request


def test_without_a_remote_the_main_branch_is_the_usual_name_that_is_there() -> None:
    assert found(git("x", here="x\nmaster\n"), {}).main.value == "master"
    assert found(git("x", here="x\n"), {}).main == Resolved(value="main", source="default")


def test_a_commit_without_a_branch_is_none_and_no_repository_is_the_main_one() -> None:
    assert found(git(), {}).current is None
    assert found(git(repository=False), {}).current == Resolved(
        value="main", source="default: no git here"
    )


CI: Mapping[str, tuple[dict[str, str], str, bool]] = {
    "GitHub, a push": ({"GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "a/b"}, "a/b", False),
    "GitHub, a request": ({"GITHUB_HEAD_REF": "fix", "GITHUB_REF_NAME": "7/merge"}, "fix", True),
    "GitLab, a push": ({"CI_COMMIT_REF_NAME": "a"}, "a", False),
    "GitLab, a request": (
        {"CI_COMMIT_REF_NAME": "x", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "a"},
        "a",
        True,
    ),
    "Jenkins, a request": ({"BRANCH_NAME": "PR-3", "CHANGE_BRANCH": "a"}, "a", True),
    "Drone, a push": ({"DRONE_BRANCH": "a", "DRONE_SOURCE_BRANCH": "a"}, "a", False),
    "Drone, a request": (
        {"DRONE_BRANCH": "main", "DRONE_SOURCE_BRANCH": "a", "DRONE_PULL_REQUEST": "7"},
        "a",
        True,
    ),
    "Azure": ({"BUILD_SOURCEBRANCH": "refs/heads/a/b"}, "a/b", False),
    "Travis": ({"TRAVIS_BRANCH": "a", "TRAVIS_PULL_REQUEST_BRANCH": ""}, "a", False),
}


@pytest.mark.parametrize("case", CI)
def test_ci_knows_better_than_git(case: str) -> None:
    environment, branch, request = CI[case]
    branches = found(git("detached"), environment)
    assert branches.current is not None
    assert (branches.current.value, branches.request) == (branch, request)
    assert not branches.local


def test_ci_tells_the_main_branch(tmp_path: Path) -> None:
    assert found(git("a"), {"CI_DEFAULT_BRANCH": "trunk"}).main.value == "trunk"
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "develop"}}))
    assert found(git("a"), {"GITHUB_EVENT_PATH": str(event)}).main.value == "develop"
    for broken in ("", "[]", '{"repository": {"default_branch": 7}}'):
        event.write_text(broken)
        assert found(git("a"), {"GITHUB_EVENT_PATH": str(event)}).main.value == "main"


def test_a_setting_wins() -> None:
    environment = {"GITHUB_HEAD_REF": "x", "CI_DEFAULT_BRANCH": "y"}
    branches = found(git("z"), environment, branch="mine", main="ours")
    assert branches.current is not None
    assert (branches.current.value, branches.main.value) == ("mine", "ours")
    assert not branches.request
