"""The fixture app `heavy`: what is generated of it is the same everywhere, and big enough."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.command.conftest import APPS, REPOSITORY

HEAVY = REPOSITORY / "fixtures" / "heavy"
MODULE = re.compile(r"^(?:defmodule|defprotocol) ", re.MULTILINE)


def generate(into: Path, seed: str) -> dict[str, bytes]:
    subprocess.run(
        [sys.executable, HEAVY / "generate", "--into", into],
        check=True,
        env={"PYTHONHASHSEED": seed, "PATH": ""},
        timeout=120,
    )
    return {
        path.relative_to(into).as_posix(): path.read_bytes()
        for path in sorted(into.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return generate(tmp_path_factory.mktemp("heavy"), "1")


def test_two_runs_with_two_hash_seeds_write_the_same_bytes(
    generated: dict[str, bytes], tmp_path: Path
) -> None:
    assert generate(tmp_path, "2") == generated


def test_every_generated_file_says_so_and_names_the_command(generated: dict[str, bytes]) -> None:
    silent = [name for name, text in generated.items() if b"fixtures/heavy/generate" not in text]
    assert silent == []


def test_it_has_the_modules_and_dependencies_that_benchmarks_promise(
    generated: dict[str, bytes],
) -> None:
    lock = (APPS / "heavy" / "mix.lock").read_text()
    locked = dict(re.findall(r'^  "(\w+)": \{:hex, :\w+, "([^"]+)"', lock, re.MULTILINE))
    locked.pop("todo_finder")  # for development
    own = (APPS / "heavy" / "lib" / "heavy").glob("*.ex")
    app = sum(MODULE.search(path.read_text()) is not None for path in own)
    app += sum(name.startswith("app/") for name in generated)
    fixtures = (HEAVY.parent / "hex" / "packages" / f"{name}-{at}" for name, at in locked.items())
    dependencies = sum(
        1
        for folder in fixtures
        for path in folder.rglob("*")
        if path.suffix in {".ex", ".erl"} and path.parts[-2] != "test"
    ) + sum(
        name.startswith(tuple(f"packages/{each}-{at}/lib/" for each, at in locked.items()))
        for name in generated
    )
    assert len(locked) >= 25
    assert app == 300
    assert app + dependencies >= 1_500


def test_the_package_that_is_bumped_is_in_the_middle() -> None:
    shape = tomllib.loads((HEAVY / "shape.toml").read_text())
    said = subprocess.run(
        [sys.executable, HEAVY / "generate", "--reach"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    order = [line.split()[1] for line in said.splitlines()]
    assert order[len(order) // 2] == shape["bumped"]
    assert f'"{shape["bumped"]}": ' in (HEAVY / "bumped.lock").read_text()
