"""The error catalogue: what a user is shown for each error, and with which exit code it ends.

A case is a folder of `tests/golden/errors/`: `error.json` names the class and its facts,
`shown.txt` is what the terminal shows. The pages of `imagekit/pages/errors/` quote these texts
(`test_pages.py`), so a reader's symptom is the code's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagekit import errors
from imagekit.errors import ExitCode, ImagekitError
from imagekit.ui import show_error

GOLDEN = Path(__file__).parents[1] / "golden" / "errors"
CASES = sorted(path.name for path in GOLDEN.iterdir())

# DESIGN.md, "Exit codes".
FAMILIES = {
    errors.ConfigurationError: 2,
    errors.ProjectError: 3,
    errors.FindingsError: 4,
    errors.EngineError: 5,
    errors.BuildError: 6,
    errors.VerificationError: 7,
    errors.TransientError: 75,
}

# What a programmer's message has and a user's has not.
INTERNALS = re.compile(
    r"Traceback|Exception|\bself\b|<class|object at 0x|\bNone\b|PosixPath|\(\)|[({]'|__\w+__"
)


def subclasses(root: type[ImagekitError]) -> Iterator[type[ImagekitError]]:
    for each in root.__subclasses__():
        yield each
        yield from subclasses(each)


def concrete() -> list[type[ImagekitError]]:
    """Families group; every other class of the catalogue is raised."""
    shipped = (each for each in subclasses(ImagekitError) if each.__module__.startswith("imagekit"))
    return sorted({*shipped} - {*FAMILIES}, key=lambda each: each.__name__)


def read(case: str) -> ImagekitError:
    document = json.loads((GOLDEN / case / "error.json").read_text(encoding="utf-8"))
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in document["facts"].items()
    }
    made = getattr(errors, document["error"])(**facts)
    assert isinstance(made, ImagekitError)
    return made


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown(
    case: str, capsys: pytest.CaptureFixture[str], refresh_goldens: bool
) -> None:
    show_error(read(case), as_json=False)
    shown = capsys.readouterr()
    golden = GOLDEN / case / "shown.txt"
    if refresh_goldens:
        golden.write_text(shown.err, encoding="utf-8")
    assert shown.err == golden.read_text(encoding="utf-8")
    assert shown.out == ""


@pytest.mark.parametrize("case", CASES)
def test_json_has_the_same_facts(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = read(case)
    show_error(error, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "error": {
            "page": error.page,
            "exit_code": int(error.exit_code),
            "what": error.what,
            "found": error.found,
            "advice": error.advice,
        },
    }


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_failed_and_what_to_do_in_a_users_words(case: str) -> None:
    error = read(case)
    assert str(error) == error.what
    for said in (error.what, error.advice):
        assert re.fullmatch(r"\S.*[.?]", said), said
        assert INTERNALS.search(said) is None, said


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_named_after_its_page(case: str) -> None:
    assert case.startswith(read(case).page)


def test_every_error_has_a_case() -> None:
    assert {type(read(case)) for case in CASES} == {*concrete()}


@pytest.mark.parametrize("error", concrete(), ids=lambda each: each.__name__)
def test_an_error_belongs_to_one_family_and_keeps_its_exit_code(error: type[ImagekitError]) -> None:
    (family,) = (each for each in FAMILIES if issubclass(error, each))
    assert error.exit_code == FAMILIES[family]
    assert ExitCode(error.exit_code) not in {ExitCode.FINE, ExitCode.INTERNAL, ExitCode.INTERRUPTED}


@pytest.mark.parametrize("error", [*FAMILIES, *concrete()], ids=lambda each: each.__name__)
def test_an_error_is_exported_and_drawn_in_the_tree(error: type[ImagekitError]) -> None:
    assert getattr(errors, error.__name__) is error
    assert error.__name__ in errors.__all__
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__ or "")


def test_pages_are_told_apart() -> None:
    pages = [error.page for error in concrete()]
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", page) for page in pages)
    assert len(set(pages)) == len(pages)
    assert all(family.page == "" for family in FAMILIES)


def test_a_boot_that_failed_is_explained_first() -> None:
    failed = errors.VerificationFailed(
        reference="shop:1", image_id="sha256:1", failed=("config.user", "boot.ready")
    )
    assert "`imagekit explain boot.ready`" in failed.advice
