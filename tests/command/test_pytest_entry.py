"""The entry point for pytest, as an installed imagekit has it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from .conftest import REPOSITORY, Run


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of packages where imagekit is installed with the entry point of this tree."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    entry = project["entry-points"]["pytest11"]["imagekit"]
    folder = tmp_path / "packages" / "imagekit-0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: imagekit\nVersion: 0\n")
    (folder / "entry_points.txt").write_text(f"[pytest11]\nimagekit = {entry}\n")
    return folder.parent


@pytest.mark.parametrize(
    "named",
    [(), ("-p", "imagekit"), ("-p", "imagekit.pytest_plugin")],
    ids=["by itself", "imagekit", "the module"],
)
def test_the_fixtures_are_there_however_it_is_named(
    python: Run, installed: Path, named: tuple[str, ...]
) -> None:
    path = f"{installed}:{REPOSITORY}"
    ended = python("-m", "pytest", *named, "--fixtures", PYTHONPATH=path)
    assert "booted -- " in ended.out, ended.err
    assert "already registered" not in ended.err
