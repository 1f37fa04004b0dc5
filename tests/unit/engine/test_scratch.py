"""Folders of a run: they go with it, and those of a killed run go with the next."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from imagekit.engine.scratch import scratch, sweep_scratch

NOBODY = 2**22 + 1
"""No process has that number: proc(5), pid_max is at most 2^22."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def renamed(name: str, number: int, by: str) -> str:
    parts = name.split("-")
    parts[number] = by
    return "-".join(parts)


def test_it_goes_with_its_block(folder: Path) -> None:
    with scratch("build") as mine:
        assert mine.parent == folder
        assert mine.stat().st_mode & 0o077 == 0
        assert sweep_scratch() == ()
        assert mine.is_dir()
    assert list(folder.iterdir()) == []


def test_what_a_killed_run_left_is_removed(folder: Path) -> None:
    with scratch("lint") as mine:
        left = folder / renamed(mine.name, 4, str(NOBODY))
        (left / "below").mkdir(parents=True)
        (left / "below/file").touch()
        assert sweep_scratch() == (left.name,)
        assert list(folder.iterdir()) == [mine]


def test_a_number_that_is_another_process_by_now_does_not_keep_it(folder: Path) -> None:
    with scratch("build") as mine:
        left = folder / renamed(mine.name, 5, "1")
        left.mkdir()
        assert sweep_scratch() == (left.name,)


@pytest.mark.parametrize("name", ["imagekit-notes", "imagekit-build-", "imagekit-build-x-1-1-a"])
def test_what_is_nobodys_it_leaves(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    assert sweep_scratch() == ()


def test_what_another_machine_has_there_it_leaves(folder: Path) -> None:
    with scratch("build") as mine:
        other = folder / renamed(renamed(mine.name, 4, str(NOBODY)), 2, "0" * 8)
        other.mkdir()
        assert sweep_scratch() == ()
        assert other.is_dir()


def test_what_another_pid_namespace_has_there_it_leaves(folder: Path) -> None:
    with scratch("build") as mine:
        other = folder / renamed(renamed(mine.name, 4, str(NOBODY)), 3, "1")
        other.mkdir()
        assert sweep_scratch() == ()
        assert other.is_dir()
