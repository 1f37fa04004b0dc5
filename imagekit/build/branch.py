"""Which branch is built, and which is the main one: told by CI, else by git."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagekit.engine.process import Processes
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings

_GIT_SECONDS: Final = 20.0
_USUAL: Final = ("main", "master")

_DRONE_SOURCE: Final = "DRONE_SOURCE_BRANCH"
_DRONE_REQUEST: Final = "DRONE_PULL_REQUEST"
"""Its number. Drone names a source for a push, too, which is no stranger's."""
_SOURCES_OF_REQUESTS: Final = (
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",  # GitLab
    "CI_COMMIT_SOURCE_BRANCH",  # Woodpecker
    "CHANGE_BRANCH",  # Jenkins, multibranch
    _DRONE_SOURCE,
    "SEMAPHORE_GIT_PR_BRANCH",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH",  # Azure Pipelines
    "TRAVIS_PULL_REQUEST_BRANCH",
)
"""Each CI's variable for the branch that asks to be merged; empty where nothing does."""
_BRANCHES: Final = (
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",  # GitLab
    "CI_COMMIT_BRANCH",  # Woodpecker
    "BRANCH_NAME",  # Jenkins, multibranch
    "BITBUCKET_BRANCH",
    "BUILDKITE_BRANCH",
    "CIRCLE_BRANCH",
    "DRONE_BRANCH",
    "SEMAPHORE_GIT_BRANCH",
    "BUILD_SOURCEBRANCH",  # Azure Pipelines
    "TRAVIS_BRANCH",
)
_MAINS: Final = (
    "CI_DEFAULT_BRANCH",  # GitLab
    "CI_REPO_DEFAULT_BRANCH",  # Woodpecker
    "BUILDKITE_PIPELINE_DEFAULT_BRANCH",
    "DRONE_REPO_BRANCH",
)
_GITHUB_EVENT: Final = "GITHUB_EVENT_PATH"
"""A file with what happened; GitHub has no variable for the default branch."""


@dataclass(frozen=True, kw_only=True)
class Branches:
    """What is built, among which branches."""

    current: Resolved[str] | None
    """`None` where nothing tells: a commit is checked out and no branch."""
    main: Resolved[str]
    request: bool
    """Whether it is a pull or merge request: its branch may be a stranger's of the same name."""

    @property
    def local(self) -> bool:
        """Whether git told the branch, and neither a CI nor whoever configures one."""
        return self.current is not None and self.current.source.startswith(("git:", "default:"))


def find_branches(
    processes: Processes, environment: Mapping[str, str], root: Path, settings: Settings
) -> Branches:
    """Settle both branches: as set, as CI says, as git says."""

    def git(*words: str) -> str:
        told = processes.run(
            ("git", "-C", str(root.resolve()), *words),
            environment=environment,
            timeout_seconds=_GIT_SECONDS,
        )
        return told.output.strip() if told.status == 0 else ""

    main = _main(environment, settings, git("symbolic-ref", "--short", "refs/remotes/origin/HEAD"))
    if main is None:
        here = git("for-each-ref", "--format=%(refname:lstrip=-1)", "refs/heads", "refs/remotes")
        found = next((each for each in _USUAL if each in here.split()), None)
        source = "git: a branch of that name" if found else "default"
        main = Resolved(value=found or _USUAL[0], source=source)
    request = _first(
        environment,
        (
            name
            for name in _SOURCES_OF_REQUESTS
            if name != _DRONE_SOURCE or environment.get(_DRONE_REQUEST)
        ),
    )
    current = settings.resolved("cache.branch") or request or _first(environment, _BRANCHES)
    if current is None:
        head = git("symbolic-ref", "--short", "HEAD")
        if head:
            current = Resolved(value=head, source="git: HEAD")
        elif not git("rev-parse", "--git-dir"):
            current = Resolved(value=main.value, source="default: no git here")
    return Branches(current=current, main=main, request=current is not None and current == request)


def _main(
    environment: Mapping[str, str], settings: Settings, remote_head: str
) -> Resolved[str] | None:
    told = settings.resolved("cache.main") or _first(environment, _MAINS)
    if told is not None:
        return told
    if event := _default_of_event(environment.get(_GITHUB_EVENT, "")):
        return Resolved(value=event, source=_GITHUB_EVENT)
    if remote_head:
        value = remote_head.partition("/")[2] or remote_head
        return Resolved(value=value, source="git: HEAD of origin")
    return None


def _first(environment: Mapping[str, str], names: Iterable[str]) -> Resolved[str] | None:
    for name in names:
        value = environment.get(name, "").removeprefix("refs/heads/")
        # Travis and Semaphore write a word where others write nothing.
        if value and value != "false":
            return Resolved(value=value, source=name)
    return None


def _default_of_event(path: str) -> str:
    if not path:
        return ""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))["repository"]["default_branch"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""
