"""`imagekit why`: what changed first for each stage, told without building."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from imagekit.build.memory import look, memory_of, recall, remember
from imagekit.cli.main import main
from imagekit.plan.why import Locked, Seen, Why, why
from tests.cache.edits import add, append, lock_line
from tests.cache.rows import TABLE, Row
from tests.cache.test_plan import opened

CopyApp = Callable[[str], Path]


def seen(root: Path) -> Seen:
    return look(root, *opened(root))


def told(root: Path, *edits: Callable[[Path, str], None]) -> dict[str, Why]:
    before = seen(root)
    for edit in edits:
        edit(root, "a1b2")
    return {each.stage: each for each in why(before, seen(root))}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_no_stage_is_forgotten_and_only_what_is_certain_is_called_so(
    row: Row, copy_app: CopyApp
) -> None:
    root = copy_app(row.app)
    if row.given is not None:
        row.given(root, "")
    found = told(root, row.edit)
    assert set(found) >= row.may_rerun
    assert {name for name, each in found.items() if each.certain} <= row.may_rerun


def test_a_bumped_dependency_is_named_through_all_stages(copy_app: CopyApp) -> None:
    found = told(copy_app("hello_web"), lock_line("word_case", "1.0.1"))
    assert {each.detail for each in found.values()} == {"word_case 1.0.0 -> 1.0.1"}
    assert {str(each.file) for each in found.values()} == {"mix.lock"}
    assert found["deps"].through == ("fetch", "manifest")
    assert not found["deps"].certain
    assert found["app"].certain
    assert "assets" not in found, "the JavaScript it takes is of another dependency"


def test_a_file_that_came_or_went_is_told_as_such(copy_app: CopyApp) -> None:
    root = copy_app("hello_web")
    notes = root / "notes.txt"
    assert told(root, add("notes.txt", "x"))["app"].detail == "is new"
    gone = told(root, lambda *_: notes.unlink())["app"]
    assert (str(gone.file), gone.detail) == ("notes.txt", "is gone")


def test_own_code_is_nearer_than_what_comes_before_it(copy_app: CopyApp) -> None:
    edits = (append("lib/hello_web/router.ex", "\n#\n"), append("config/config.exs", "\n#\n"))
    found = told(copy_app("hello_web"), *edits)
    assert str(found["manifest"].file) == "config/config.exs"
    assert "fetch" not in found, "configuration is compiled, not fetched"
    assert found["deps"].through == ("manifest",)


def test_a_new_a_gone_and_a_development_dependency(copy_app: CopyApp) -> None:
    before = seen(copy_app("hello_web"))
    lock = PurePosixPath("mix.lock")

    def after(**locked: Locked) -> dict[str, Why]:
        digests = {**before.digests, lock: "another"}
        now = replace(before, digests=digests, locked={**before.locked, **locked})
        return {each.stage: each for each in why(before, now)}

    assert after(x=Locked(version="1.0.0", production=True))["fetch"].detail == "x 1.0.0 is new"
    assert "fetch" not in after(x=Locked(version="1.0.0", production=False))
    fewer = {name: each for name, each in before.locked.items() if name != "fast_sum"}
    now = replace(before, digests={**before.digests, lock: "another"}, locked=fewer)
    assert why(before, now)[0].detail == "fast_sum is gone"


def test_another_plan_is_told_as_such(copy_app: CopyApp) -> None:
    before = seen(copy_app("hello_web"))
    first, *rest = before.stages
    moved = replace(before, stages=(replace(first, steps="others"), *rest))
    assert why(before, moved)[0].detail == "its base image, environment or steps are others"


def replaced(old: str, new: str) -> Callable[[Path, str], None]:
    def edit(root: Path, _nonce: str) -> None:
        for name in ("mix.exs", "imagekit.toml"):
            text = (root / name).read_text(encoding="utf-8")
            (root / name).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def test_what_of_a_stage_is_another_is_told(copy_app: CopyApp) -> None:
    root = copy_app("hello_web")
    version = replaced('version: "0.1.0"', 'version: "0.2.0"')
    found = told(root, version)["runtime"]
    assert found.detail == "label org.opencontainers.image.version 0.1.0 -> 0.2.0"
    assert (found.file, found.through, found.certain) == (None, (), True)
    port = append("imagekit.toml", '\n[build]\npackages = ["git", "libvips-dev"]\n')
    assert told(root, port)["toolchain"].detail == "package git libvips-dev is new"


def test_of_a_variable_only_the_name_is_kept(copy_app: CopyApp) -> None:
    before = seen(copy_app("hello_web"))
    runtime = next(each for each in before.stages if each.name == "runtime")
    kept = [value for name, value in runtime.words if name.startswith("variable ")]
    assert kept
    assert all(len(value) == 64 for value in kept)

    def after(*words: tuple[str, str]) -> str:
        now = tuple(
            replace(each, steps="others", words=words) if each is runtime else each
            for each in before.stages
        )
        return next(
            e for e in why(before, replace(before, stages=now)) if e.stage == "runtime"
        ).detail

    name = next(name for name, _ in runtime.words if name.startswith("variable "))
    others = tuple(each for each in runtime.words if each[0] != name)
    assert after(*others, (name, "x")) == f"{name} is another"
    assert after(*others) == f"{name} is gone"
    assert after(*runtime.words, ("variable NEW_ONE", "x")) == "variable NEW_ONE is new"
    assert after(*runtime.words) == "its base image, environment or steps are others"
    few = after(("base", "other"))
    assert few.startswith("base ")
    assert few.endswith(" more")


def test_what_was_seen_comes_back_as_it_was(copy_app: CopyApp, tmp_path: Path) -> None:
    root = copy_app("umbrella")
    file = memory_of(root, "web_release", {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert recall(file) is None
    remember(file, seen(root))
    assert recall(file) == seen(root)
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert str(root) not in file.read_text()
    for broken in ("", "[]", "{}", '{"schema": 1}', '{"schema": 2}', "\udcff"):
        file.write_text(broken, errors="surrogateescape")
        assert recall(file) is None


def test_a_cache_folder_that_is_a_file_fails_nothing(copy_app: CopyApp, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    root = copy_app("hello_web")
    remember(memory_of(root, "x", {"XDG_CACHE_HOME": str(tmp_path / "cache")}), seen(root))


def test_the_verb(
    copy_app: CopyApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in os.environ:
        if name.startswith("IMAGEKIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = copy_app("hello_web")

    def run(*flags: str) -> str:
        assert main(["why", str(root), *flags]) == 0
        return capsys.readouterr().out

    assert run() == ""
    assert json.loads(run("--json")) == {"schema": 1, "built_before": False, "stages": []}
    remember(memory_of(root, "hello_web", os.environ), seen(root))
    assert run() == "Nothing changed since the last build.\n"
    lock_line("word_case", "1.0.1")(root, "")
    assert run().splitlines() == [
        "manifest    mix.lock: word_case 1.0.0 -> 1.0.1",
        "fetch       mix.lock: word_case 1.0.0 -> 1.0.1 (if dependencies see it)",
        "deps        mix.lock: word_case 1.0.0 -> 1.0.1 (if dependencies see it)",
        "app         mix.lock: word_case 1.0.0 -> 1.0.1",
        "release     mix.lock: word_case 1.0.0 -> 1.0.1 (after app)",
        "packages    mix.lock: word_case 1.0.0 -> 1.0.1 (if release gives another result)",
        "runtime     mix.lock: word_case 1.0.0 -> 1.0.1 (if release gives another result)",
    ]
    document = json.loads(run("--json"))
    assert document["stages"][2] == {
        "stage": "deps",
        "file": "mix.lock",
        "detail": "word_case 1.0.0 -> 1.0.1",
        "through": ["fetch", "manifest"],
        "certain": False,
    }
