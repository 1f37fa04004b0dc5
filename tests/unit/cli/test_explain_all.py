"""`imagekit explain --all DIR`: the pages as one folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from imagekit.cli.explain import pages
from imagekit.cli.main import main
from imagekit.lint.rules import rules


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_page_is_written_and_the_index_links_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    assert main(["explain", "--all", str(folder)]) == 0
    files = written(folder)
    assert len(files) == len(pages()) + 1
    assert {f"rules/{rule.id}.md" for rule in rules()} < files
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(([^)]+)\)", index)) == files - {"index.md"}
    for name, path in pages().items():
        target = folder / (f"recipes/{path.stem}.md" if "recipe." in name else
                           f"{path.parent.name}/{path.name}")  # fmt: skip
        assert target.read_bytes() == path.read_bytes()
    assert capsys.readouterr().out == f"{len(files)} files in {folder}; index.md lists them\n"


def test_it_says_what_it_wrote_as_json_and_leaves_other_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.md").write_text("kept", encoding="utf-8")
    assert main(["explain", "--all", str(tmp_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document["files"]) == written(tmp_path) - {"mine.md"}
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == "kept"


def test_twice_is_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert main(["explain", "--all", str(tmp_path / name)]) == 0
    one, two = tmp_path / "one", tmp_path / "two"
    assert written(one) == written(two)
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in written(one))


def test_a_name_and_all_exclude_each_other(tmp_path: Path) -> None:
    assert main(["explain", "IK101", "--all", str(tmp_path)]) == 2


def test_what_cannot_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules").write_text("a file where a folder goes", encoding="utf-8")
    assert main(["explain", "--all", str(tmp_path)]) == 2
    assert "rules/IK001.md cannot be written" in capsys.readouterr().err
