"""The files of an ejected build: written, found stale, and never over somebody else's."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from imagekit import eject
from imagekit.errors import ConfigurationError, ForeignFile, UnreadableConfiguration
from imagekit.plan.compose import compose
from imagekit.plan.model import Plan
from imagekit.project.dockerignore import Ignored, user_lines
from imagekit.project.tree import SourceTree
from tests.unit.dockerfile.texts import any_text
from tests.unit.plan.projects import phoenix_app, project, recipe, settings

SCRIPTS = (
    "add-packages",
    "compile-answers.exs",
    "compile-app",
    "compile-app.exs",
    "compile-deps",
    "compile-deps.exs",
    "compile-files.exs",
    "compile-protocols.exs",
    "compile-questions.exs",
    "compile-reads.exs",
    "compile-task",
    "compiled.exs",
    "elf.exs",
    "libraries",
    "manifest-lock.exs",
    "manifest-projects.exs",
    "manifest.exs",
    "mix-tools",
    "native",
    "needed-packages",
    "needs.exs",
    "order-config",
    "packages.exs",
    "rootfs",
    "seal",
    "settle",
    "split",
    "unpack-package",
    "with-network",
)


def plan(*ignored: str) -> Plan:
    return compose(project(ignored=ignored), settings(), recipe())


FILES = eject.files(plan())
NAMES = ("Dockerfile", ".dockerignore", *(f".imagekit/{name}" for name in SCRIPTS))


def test_a_dockerfile_a_dockerignore_and_the_scripts() -> None:
    assert tuple(map(str, FILES)) == NAMES


def test_every_script_that_a_step_calls_is_there() -> None:
    """It is run by `sh`, which every base image has, or by the Elixir of the builder."""
    asked = settings(toolchain="distribution")
    text = eject.dockerfile(compose(phoenix_app(), asked, recipe("minimal")))
    text += eject.dockerfile(compose(phoenix_app(), asked, recipe("debian")))
    by_others = "".join(eject.scripts().values())
    called = {
        name for name in SCRIPTS if f"/imagekit/{name}" in text or f'"$scripts/{name}"' in by_others
    }
    read = {
        name
        for text in eject.scripts().values()
        for names in re.findall(r"for file <- ~w\((.*)\), do: Code.require_file\(", text)
        for name in names.split()
    }
    assert called | read == set(SCRIPTS)
    by_elixir = {n for n, text in eject.scripts().items() if not text.startswith("#!/bin/sh\n")}
    run = {name for name in by_elixir if not name.endswith(".exs")}
    assert run == {"needed-packages", "order-config", "rootfs"}
    assert eject.scripts()["rootfs"].startswith("#!/usr/bin/env elixir\n")


def test_writing_writes_all_of_it_and_says_so(tmp_path: Path) -> None:
    assert eject.write(tmp_path, FILES) == NAMES
    assert {name: (tmp_path / name).read_text() for name in NAMES} == {
        str(name): text for name, text in FILES.items()
    }
    assert eject.stale(tmp_path, FILES) == ()


def test_writing_again_writes_nothing(tmp_path: Path) -> None:
    eject.write(tmp_path, FILES)
    before = (tmp_path / "Dockerfile").stat().st_mtime_ns
    assert eject.write(tmp_path, FILES) == ()
    assert (tmp_path / "Dockerfile").stat().st_mtime_ns == before


def test_scripts_can_be_run_and_nothing_else(tmp_path: Path) -> None:
    eject.write(tmp_path, FILES)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in NAMES}
    assert modes == {name: 0o755 if "/" in name else 0o644 for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_edited_or_is_missing_is_stale(tmp_path: Path, name: str) -> None:
    eject.write(tmp_path, FILES)
    path = tmp_path / name
    path.write_text(path.read_text() + "x\n")
    assert eject.stale(tmp_path, FILES) == (name,)
    path.unlink()
    assert eject.stale(tmp_path, FILES) == (name,)


def test_line_breaks_of_another_system_are_stale(tmp_path: Path) -> None:
    eject.write(tmp_path, FILES)
    script = tmp_path / ".imagekit/split"
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))
    assert eject.stale(tmp_path, FILES) == (".imagekit/split",)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_a_script_that_can_no_longer_be_run_is_stale(tmp_path: Path) -> None:
    eject.write(tmp_path, FILES)
    (tmp_path / ".imagekit/split").chmod(0o644)
    assert eject.stale(tmp_path, FILES) == (".imagekit/split",)


@pytest.mark.parametrize("content", [b"", b"FROM elixir\n", b"# caf\xe9\nFROM elixir\n"])
def test_somebody_elses_dockerfile_is_not_touched(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Dockerfile").write_bytes(content)
    with pytest.raises(ForeignFile) as raised:
        eject.write(tmp_path, FILES)
    assert raised.value.file == "Dockerfile"
    assert [path.name for path in tmp_path.iterdir()] == ["Dockerfile"]
    assert (tmp_path / "Dockerfile").read_bytes() == content


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", ".imagekit/split"])
def test_a_folder_in_the_place_of_a_file_is_somebody_elses(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(ConfigurationError):
        eject.write(tmp_path, FILES)


def test_a_file_in_the_place_of_the_folder_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / ".imagekit").write_text("mine")
    with pytest.raises(ConfigurationError):
        eject.write(tmp_path, FILES)
    assert (tmp_path / ".imagekit").read_text() == "mine"


def test_a_dockerfile_of_imagekits_own_is_renewed(tmp_path: Path) -> None:
    first = FILES[eject.DOCKERFILE].splitlines()[0]
    (tmp_path / "Dockerfile").write_text(f"{first}\nFROM scratch\n")
    assert "Dockerfile" in eject.write(tmp_path, FILES)


def test_a_dockerignore_of_the_users_is_kept_in_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "mix.exs").touch()
    (tmp_path / ".dockerignore").write_text("# ours\ndocs/\n\n!docs/api.md\n")
    own = SourceTree.read(tmp_path).ignored
    assert own == ("# ours", "docs/", "!docs/api.md")
    eject.write(tmp_path, eject.files(plan(*own)))
    assert SourceTree.read(tmp_path).ignored == own
    again = eject.files(plan(*SourceTree.read(tmp_path).ignored))
    assert eject.stale(tmp_path, again) == ()


def meaning(ignored: Ignored) -> list[tuple[re.Pattern[str], bool]]:
    return [(each.expression, each.brings_back) for each in ignored.patterns]


@examples(deadline=None)
@example("\t#")
@given(st.lists(any_text, max_size=4).map("\n".join))
def test_the_users_lines_come_back_from_what_is_written(text: str) -> None:
    try:
        own = Ignored.parse(text)
    except UnreadableConfiguration:
        return  # Docker refuses it too
    try:
        written = eject.dockerignore(plan(*user_lines(text)))
    except ConfigurationError:
        return
    # A pattern may be spelled otherwise (`\#`, where `#` would begin a comment): it means the same.
    assert meaning(Ignored.parse(written)) == meaning(own)
    # A comment may be wrapped, or escaped where it reads like a directive: once.
    again = eject.dockerignore(plan(*user_lines(written)))
    assert eject.dockerignore(plan(*user_lines(again))) == again


def test_the_scripts_are_in_the_context_whatever_the_user_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "mix.exs").touch()
    eject.write(tmp_path, eject.files(plan(".*", "*", "!mix.exs")))
    written = (tmp_path / ".dockerignore").read_text().splitlines()
    assert written.index("!.imagekit") > written.index("*")


def test_a_written_build_does_not_change_what_is_composed() -> None:
    written = tuple(PurePosixPath(name) for name in NAMES)
    shop = project()
    more = project(paths=(*shop.paths, *written))
    assert eject.files(compose(more, settings(), recipe())) == FILES
