"""Projects that cannot be built: an error, its exit code, and nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import APPS, REPOSITORY, Run

PAGES = REPOSITORY / "imagekit" / "pages" / "errors"
EXPECTED = {
    "no_mix_exs": (3, "project-not-recognised", "lib/"),
    "mix_exs_syntax_error": (3, "source-syntax-error", "mix.exs:"),
    "unknown_config_key": (2, "unknown-key", "recipie"),
}
VERBS = ("plan", "dockerfile", "build")


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for folder, _, names in os.walk(root):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            state = path.lstat()
            found[str(path)] = (state.st_mtime_ns, state.st_size)
    return found


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("project", EXPECTED)
def test_an_error_and_nothing_else(
    imagekit: Run, project: str, verb: str, flags: tuple[str, ...]
) -> None:
    code, page, named = EXPECTED[project]
    root = APPS / "broken" / project
    before = snapshot(root)
    ended = imagekit(verb, root, *flags)
    assert ended.code == code
    assert "Traceback" not in ended.err
    assert named in ended.err
    assert f"imagekit explain {page}\n" in ended.err
    assert (PAGES / f"{page}.md").is_file()
    if flags:
        assert ended.json["schema"] == 1
        assert ended.json["error"]["page"] == page
        assert ended.json["error"]["exit_code"] == code
    else:
        assert ended.out == ""
    assert snapshot(root) == before


def test_every_broken_project_is_described() -> None:
    readmes = {path.parent.name for path in (APPS / "broken").glob("*/README.md")}
    assert readmes == {path.name for path in (APPS / "broken").iterdir()}


def test_a_folder_that_is_not_there(imagekit: Run) -> None:
    ended = imagekit("plan", "no/such/folder")
    assert ended.code == 3
    assert ended.out == ""
    assert "Traceback" not in ended.err


def test_an_unknown_verb_gets_the_one_that_was_meant(imagekit: Run) -> None:
    ended = imagekit("biuld")
    assert (ended.code, ended.out) == (2, "")
    assert "Perhaps you meant `build`." in ended.err


def test_several_releases_and_nobody_to_ask(imagekit: Run) -> None:
    ended = imagekit("dockerfile", APPS / "umbrella")
    assert (ended.code, ended.out) == (2, "")
    assert "jobs_release, web_release" in ended.err
