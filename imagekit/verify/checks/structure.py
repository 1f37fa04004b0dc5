"""The tests of container-structure-test files: one check a kind, all mismatches of all files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from imagekit.verify.check import Skipped, StructureCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.structure import judge
from imagekit.verify.structure.facts import StructureFacts

Told = tuple[str, Iterable[str]]
"""The name of a test, and all that is wrong."""
Kind = Callable[[StructureFacts, Expectation], Iterator[Told]]


def _run(key: str, kind: Kind, facts: StructureFacts, expected: Expectation) -> Verdict:
    told = [(name, tuple(wrong)) for name, wrong in kind(facts, expected)]
    if not told:
        return Skipped(reason=f"no {key} in {_names(expected)}")
    problems = tuple(f"{name}: {each}" for name, wrong in told for each in wrong)
    count = f"{len(told)} test{'s' if len(told) > 1 else ''}"
    return verdict(f"{count} of {_names(expected)} passed", problems)


def _names(expected: Expectation) -> str:
    return ", ".join(file.name for file in expected.structure)


def _commands(facts: StructureFacts, _: Expectation) -> Iterator[Told]:
    for each in facts.commands:
        wrong = tuple(judge.command(each))
        # A setup that failed matters where the test did: it may be meant to.
        yield each.test.name, (*wrong, *judge.failed_setup(each)) if wrong else ()


def _existence(facts: StructureFacts, expected: Expectation) -> Iterator[Told]:
    for file in expected.structure:
        for test in file.tests.file_existence_tests:
            yield test.name, judge.existence(test, facts)


def _content(facts: StructureFacts, expected: Expectation) -> Iterator[Told]:
    for file in expected.structure:
        for test in file.tests.file_content_tests:
            yield test.name, judge.content(test, facts)


def _metadata(facts: StructureFacts, expected: Expectation) -> Iterator[Told]:
    for file in expected.structure:
        if file.tests.metadata_test is not None:
            yield file.name, judge.metadata(file.tests.metadata_test, facts.image)


def _licenses(facts: StructureFacts, expected: Expectation) -> Iterator[Told]:
    for file in expected.structure:
        for test in file.tests.license_tests:
            yield file.name, judge.licenses(test, facts)


def _check(name: str, title: str, key: str, kind: Kind) -> StructureCheck:
    return StructureCheck(id=f"structure.{name}", title=title, run=partial(_run, key, kind))


COMMAND: Final = _check("command", "passes its command tests", "commandTests", _commands)
EXISTENCE: Final = _check(
    "existence", "passes its file existence tests", "fileExistenceTests", _existence
)
CONTENT: Final = _check("content", "passes its file content tests", "fileContentTests", _content)
METADATA: Final = _check("metadata", "passes its metadata test", "metadataTest", _metadata)
LICENSE: Final = _check("license", "passes its licence tests", "licenseTests", _licenses)
