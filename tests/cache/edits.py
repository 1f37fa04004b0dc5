"""Edits of a project's files, each a function of its folder and of a text that was never there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.engine.conftest import APPS

Edit = Callable[[Path, str], None]

LOCKED: Final = {("word_case", "1.0.0"): "hello_web", ("word_case", "1.0.1"): "umbrella"}
"""In whose mix.lock a version of a package is found."""


def all_of(*edits: Edit) -> Edit:
    def edit(root: Path, nonce: str) -> None:
        for each in edits:
            each(root, nonce)

    return edit


def append(file: str, text: str) -> Edit:
    def edit(root: Path, nonce: str) -> None:
        path = root / file
        path.write_text(path.read_text() + text.replace("{nonce}", nonce))

    return edit


def add(file: str, text: str) -> Edit:
    def edit(root: Path, nonce: str) -> None:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{nonce}", nonce))

    return edit


def replace(file: str, old: str, new: str) -> Edit:
    def edit(root: Path, nonce: str) -> None:
        path = root / file
        text = path.read_text()
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new.replace("{nonce}", nonce)))

    return edit


def insert(file: str, before: str, text: str) -> Edit:
    return replace(file, before, f"{text}\n      {before}")


def lock_line(package: str, version: str) -> Edit:
    """Lock another version of a package, as `mix deps.update` would."""

    def edit(root: Path, _nonce: str) -> None:
        lock = root / "mix.lock"
        lines = [line for line in lock.read_text().splitlines() if f'"{package}":' not in line]
        found = line_of(LOCKED[package, version], package)
        lock.write_text("\n".join((lines[0], *sorted((*lines[1:-1], found)), lines[-1], "")))

    return edit


def line_of(app: str, package: str) -> str:
    lines = (APPS / app / "mix.lock").read_text().splitlines()
    (found,) = (line for line in lines if f'"{package}":' in line)
    return found


def add_dependency_for_development(mix_exs: str) -> Edit:
    """Add `todo_finder` for development; where it is one already, for tests under another name."""

    def edit(root: Path, nonce: str) -> None:
        path, lock = root / mix_exs, root / "mix.lock"
        text = path.read_text()
        without = re.sub(r",\n *\{:todo_finder.*\}", "", text)
        if without == text:
            wish = f'{{:todo_finder, "~> 1.0", only: :dev}}, # {nonce}\n      '
            path.write_text(
                text.replace('{:tiny_router, "~> 1.0"}', f'{wish}{{:tiny_router, "~> 1.0"}}')
            )
            lines = lock.read_text().splitlines()
            found = line_of("hello_web", "todo_finder")
            lock.write_text("\n".join((lines[0], *sorted((*lines[1:-1], found)), lines[-1], "")))
        else:
            path.write_text(f"{without}# {nonce}\n")
            lines = [line for line in lock.read_text().splitlines() if "todo_finder" not in line]
            lock.write_text("\n".join((*lines, "")))

    return edit
