"""Boots of fixtures/apps/faults, as an engine recorded them: each is told from every other.

A case is a folder of `tests/golden/faults`: `output.txt` and `boot.json` of a boot, and
`expected.txt`, what is said of it. `tests/engine/faults.py` says how each is made.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from imagekit.verify.diagnose import UNKNOWN, diagnose
from imagekit.verify.facts import BootFacts, NoAnswer, Shipped
from imagekit.verify.legible import legible
from tests.engine.faults import FAULTS

from .examples import EXPECTED, RUNNING, ended, not_ready

GOLDEN = Path(__file__).parents[2] / "golden" / "faults"
CASES = sorted(path.name for path in GOLDEN.iterdir())
CLOSED = NoAnswer(kind="closed", problem="the connection was closed without an answer")


def read(folder: Path) -> BootFacts:
    told = json.loads((folder / "boot.json").read_text())
    running = told["running"]
    libraries = {path: tuple(offered) for path, offered in told.get("libraries", {}).items()}
    return not_ready(
        state=RUNNING if running else ended(told["exit_code"], oom_killed=told["oom_killed"]),
        output=legible((folder / "output.txt").read_text()),
        silence=CLOSED if running else None,
        waited=30.0,
        loading=told.get("loading"),
        shipped=Shipped(libraries=libraries, user="65532:65532"),
    )


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_boot_is_understood(case: str, *, refresh_goldens: bool) -> None:
    found = diagnose(read(GOLDEN / case), EXPECTED)
    said = f"{found.cause or UNKNOWN}\n{found.fix}".rstrip() + "\n"
    expected = GOLDEN / case / "expected.txt"
    if refresh_goldens:
        expected.write_text(said)
    assert said == expected.read_text()


def test_each_says_something_else() -> None:
    assert len({(GOLDEN / case / "expected.txt").read_text() for case in CASES}) == len(CASES)


def test_each_fault_is_recorded() -> None:
    assert {name.replace(" ", "-").replace(",", "").lower() for name in FAULTS} == set(CASES)


def test_each_fault_that_the_fixture_commits_has_its_row() -> None:
    code = Path(__file__).parents[3] / "fixtures" / "apps" / "faults" / "lib" / "faults.ex"
    committed = set(re.findall(r'def commit\("(\w+)"\)', code.read_text()))
    asked = {each.environment.get("FAULT") for each in FAULTS.values()} - {None}
    assert committed == asked


def test_as_long_as_the_image_is_unread_nothing_is_said_of_its_libraries() -> None:
    known = read(GOLDEN / "libcrypto-is-another")
    found = diagnose(replace(known, shipped=None), EXPECTED)
    assert found.cause is not None
    assert found.cause.endswith("it needs libcrypto.so.3, and that is not in the image.")
