"""The source tree is read once, whatever is in it."""

from __future__ import annotations

import os
import time
from pathlib import Path, PurePosixPath

import pytest

from imagekit.errors import ProjectNotRecognised, ProjectNotSupported
from imagekit.project.tree import SourceTree
from imagekit.project.walk import LARGEST_TEXT
from tests.unit.project.trees import paths


def write(root: Path, *names: str) -> None:
    for name in ("mix.exs", *names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n", encoding="utf-8")


def names(tree: SourceTree) -> set[str]:
    return {str(path) for path in tree.paths}


def test_paths_are_sorted_and_relative(tmp_path: Path) -> None:
    write(tmp_path, "lib/b.ex", "lib/a/c.ex", "README.md")
    assert SourceTree.read(tmp_path).paths == paths(
        "README.md", "lib/a/c.ex", "lib/b.ex", "mix.exs"
    )


def test_build_output_is_left_out_beside_a_mix_exs_only(tmp_path: Path) -> None:
    write(
        tmp_path,
        ".git/HEAD",
        "_build/prod/a.beam",
        "deps/jason/mix.exs",
        "apps/web/mix.exs",
        "apps/web/deps/a.ex",
        "apps/web/assets/node_modules/a.js",
        "apps/web/lib/deps/parser.ex",
        "lib/_build/step.ex",
        ".elixir_ls/cache",
    )
    assert names(SourceTree.read(tmp_path)) == {
        "mix.exs",
        "apps/web/mix.exs",
        "apps/web/lib/deps/parser.ex",
        "lib/_build/step.ex",
    }


def test_the_users_dockerignore_is_honoured(tmp_path: Path) -> None:
    write(tmp_path, "test/a.exs", "doc/a.md", "doc/keep.md", "lib/a.ex")
    (tmp_path / ".dockerignore").write_text("test\ndoc/*\n!doc/keep.md\n", encoding="utf-8")
    tree = SourceTree.read(tmp_path)
    assert names(tree) == {".dockerignore", "mix.exs", "doc/keep.md", "lib/a.ex"}
    assert tree.ignored == ("test", "doc/*", "!doc/keep.md")


@pytest.mark.parametrize("kept", ["!doc/a/keep.md", "!**/keep.md", "!doc/*/keep.md"])
def test_a_file_below_a_folder_that_is_left_out_may_be_brought_back(
    tmp_path: Path, kept: str
) -> None:
    write(tmp_path, "doc/a/b.md", "doc/a/keep.md", "docs/a.md")
    (tmp_path / ".dockerignore").write_text(f".*\ndoc\n{kept}\n", encoding="utf-8")
    assert names(SourceTree.read(tmp_path)) == {"mix.exs", "doc/a/keep.md", "docs/a.md"}


def test_a_version_file_is_read_where_it_is_left_out_of_the_context(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".dockerignore").write_text("*\n!mix.exs\n", encoding="utf-8")
    (tmp_path / ".tool-versions").write_text("elixir 1.18.3\n", encoding="utf-8")
    tree = SourceTree.read(tmp_path)
    assert names(tree) == {"mix.exs"}
    assert tree.text(PurePosixPath(".tool-versions")) == "elixir 1.18.3\n"


@pytest.mark.parametrize(("line", "name"), [("*.exs", "mix.exs"), ("*.lock", "mix.lock")])
def test_a_dockerignore_that_leaves_out_what_no_build_can_miss_is_refused(
    tmp_path: Path, line: str, name: str
) -> None:
    write(tmp_path, "mix.lock")
    (tmp_path / ".dockerignore").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ProjectNotSupported) as raised:
        SourceTree.read(tmp_path)
    assert (raised.value.file, name in raised.value.shape) == (".dockerignore", True)


def test_a_folder_without_mix_exs_lists_what_it_saw(tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend/mix.exs").touch()
    for name in ("README.md", "package.json"):
        (tmp_path / name).touch()
    with pytest.raises(ProjectNotRecognised) as raised:
        SourceTree.read(tmp_path)
    assert raised.value.path == str(tmp_path)
    assert raised.value.saw == ("backend/mix.exs", "README.md", "backend/", "package.json")


def test_a_long_list_of_what_was_seen_is_cut(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").touch()
    with pytest.raises(ProjectNotRecognised) as raised:
        SourceTree.read(tmp_path)
    assert raised.value.saw[-2:] == ("19", "and 10 more")


def test_a_folder_that_is_not_there_or_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectNotRecognised) as raised:
        SourceTree.read(tmp_path / "nowhere")
    assert raised.value.saw == ("no such file or directory",)
    (tmp_path / "mix.exs").touch()
    with pytest.raises(ProjectNotRecognised) as raised:
        SourceTree.read(tmp_path / "mix.exs")
    assert raised.value.saw == ("a file, not a folder",)


def test_a_folder_named_mix_exs_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "mix.exs").mkdir()
    with pytest.raises(ProjectNotRecognised):
        SourceTree.read(tmp_path)


def test_symbolic_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, "shared/web/mix.exs", "shared/web/lib/a.ex")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.exs").touch()
    (root / "apps").mkdir()
    (root / "apps/web").symlink_to("../shared/web")
    (root / "apps/loop").symlink_to("loop")
    (root / "apps/up").symlink_to("..")
    (root / "config").symlink_to("../outside")
    (root / "absolute").symlink_to(root / "shared")
    (root / "broken").symlink_to("nowhere")
    tree = SourceTree.read(root)
    assert names(tree) == {
        "mix.exs",
        "absolute",
        "apps/loop",
        "apps/up",
        "apps/web",
        "broken",
        "config",
        "shared/web/lib/a.ex",
        "shared/web/mix.exs",
    }
    assert tree.text(PurePosixPath("apps/web/mix.exs")) == "# shared/web/mix.exs\n"
    assert tree.has(PurePosixPath("apps/up/apps/web/lib/a.ex"))
    assert tree.names(PurePosixPath("apps/web")) == ("lib", "mix.exs")
    for missing in ("config/secret.exs", "absolute/web/mix.exs", "apps/loop/mix.exs"):
        assert not tree.has(PurePosixPath(missing))
        assert tree.text(PurePosixPath(missing)) is None


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("../outside.lock", "a symbolic link that leads out of the project"),
        ("mix.lock", "a symbolic link to itself"),
        ("nowhere", "not a regular file"),
        ("lib", "not a regular file"),
    ],
)
def test_a_file_that_is_no_file_of_the_project_is_said_as_such(
    tmp_path: Path, target: str, problem: str
) -> None:
    root = tmp_path / "project"
    write(root, "lib/a.ex")
    (tmp_path / "outside.lock").touch()
    (root / "mix.lock").symlink_to(target)
    tree = SourceTree.read(root)
    with pytest.raises(ProjectNotSupported) as raised:
        tree.text(PurePosixPath("mix.lock"))
    assert problem in raised.value.shape or "symbolic links" in raised.value.shape


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path)
    os.mkfifo(tmp_path / "mix.lock")
    os.mkfifo(tmp_path / ".tool-versions")
    tree = SourceTree.read(tmp_path)
    assert names(tree) == {"mix.exs"}
    assert tree.unreadable == {PurePosixPath(".tool-versions"): "not a regular file"}


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    write(tmp_path)
    with (tmp_path / "mix.lock").open("wb") as file:
        file.truncate(LARGEST_TEXT + 1)
    with pytest.raises(ProjectNotSupported) as raised:
        SourceTree.read(tmp_path).text(PurePosixPath("mix.lock"))
    assert raised.value.shape == "it cannot be read: larger than 1024 KiB"


def test_what_cannot_be_read_is_said_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The suite may run as root, which can read everything.
    write(tmp_path, "mix.lock", "priv/keys/a")
    scandir, opened = os.scandir, Path.open

    def refuse_folder(path: Path) -> object:
        if Path(path).name == "keys":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    def refuse_file(path: Path, *arguments: str) -> object:
        if path.name == "mix.lock":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments)

    monkeypatch.setattr(os, "scandir", refuse_folder)
    monkeypatch.setattr(Path, "open", refuse_file)
    tree = SourceTree.read(tmp_path)
    assert tree.unreadable == {
        PurePosixPath("mix.lock"): "permission denied",
        PurePosixPath("priv/keys"): "permission denied",
    }
    assert names(tree) == {"mix.exs", "mix.lock"}


def test_bytes_that_are_not_utf_8_survive(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "mix.lock").write_bytes(b"\xff")
    assert SourceTree.read(tmp_path).text(PurePosixPath("mix.lock")) == "\udcff"


def test_only_what_detection_may_ask_for_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        "config/prod.exs",
        "lib/a.ex",
        "test/a_test.exs",
        "priv/repo/migrations/1.exs",
        "assets/package.json",
        "assets/build.mjs",
        "assets/package-lock.json",
        "assets/js/app.js",
        "assets/js/vendor/big.js",
        "assets/css/app.css",
    )
    assert {str(path) for path in SourceTree.read(tmp_path).texts} == {
        "mix.exs",
        "config/prod.exs",
        "assets/package.json",
        "assets/build.mjs",
        "assets/css/app.css",
        "assets/js/app.js",
    }


def test_twenty_thousand_files_are_read_in_a_moment(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".dockerignore").write_text("**/*.tmp\n/test/\n*.md\n!README.md\n")
    for folder in range(200):
        place = tmp_path / "lib" / str(folder)
        place.mkdir(parents=True)
        for number in range(100):
            (place / f"{number}.ex").touch()
    started = time.monotonic()
    tree = SourceTree.read(tmp_path)
    assert tree.has(PurePosixPath("lib/199/99.ex"))
    assert tree.names(PurePosixPath("lib/0"))[0] == "0.ex"
    assert len(tree.paths) == 20_002
    assert time.monotonic() - started < 10, "measured: well below one second"
