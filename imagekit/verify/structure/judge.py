"""What structure tests find wrong: one function a kind, all mismatches of a file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from imagekit.image import Image
from imagekit.verify import wording
from imagekit.verify.structure.facts import CommandFacts, StructureFacts, expand, license_files
from imagekit.verify.structure.model import (
    FileContentTest,
    FileExistenceTest,
    LicenseTest,
    MetadataTest,
    Pair,
)
from imagekit.verify.structure.re2 import compile_go

_SHOWN: Final = 120
_EXECUTABLE: Final = {"any": 0o111, "owner": 0o100, "group": 0o010, "other": 0o001}
# The original's own lists (pkg/types/v2/licenses.go).
_FORBIDDEN: Final = ("AGPL", "WTFPL")
_ALLOWED_PACKAGES: Final = frozenset({"libgnutls30"})


def command(facts: CommandFacts) -> Iterator[str]:
    """Say what is wrong with output and exit code."""
    test = facts.test
    if facts.problem:
        yield facts.problem
        return
    yield from _texts("stdout", facts.stdout, test.expected_output, test.excluded_output)
    yield from _texts("stderr", facts.stderr, test.expected_error, test.excluded_error)
    if facts.code != test.exit_code:
        said = wording.line((facts.stderr or facts.stdout)[-_SHOWN:], _SHOWN)
        last = f"; its last output: {said}" if said else ""
        yield f"exit code {facts.code}, expected {test.exit_code}{last}"


def failed_setup(facts: CommandFacts) -> Iterator[str]:
    """Name the commands before a test that failed: the original says nothing of them."""
    for line, code in facts.setup:
        if code != 0:
            end = "did not end in time" if code is None else f"led to exit code {code}"
            yield f"its setup `{wording.line(line, 80)}` {end}"


def existence(test: FileExistenceTest, facts: StructureFacts) -> Iterator[str]:
    """Say what is wrong with what is at a path."""
    path = expand(test.path, facts.image.config.environment)
    found = facts.tree.find(path, follow=False)
    if found is None:
        if test.should_exist:
            yield f"{path} is not there"
        return
    if not test.should_exist:
        yield f"{path} is there"
        return
    if test.permissions and found.permissions != test.permissions:
        yield f"{path} is {found.permissions}, expected {test.permissions}"
    who = test.is_executable_by
    if who is not None and not found.mode & _EXECUTABLE[who]:
        yield f"{path} is {found.permissions}: not executable by {who}"
    for what, is_, expected in zip(
        ("user", "group"), found.owner, (test.uid, test.gid), strict=True
    ):
        if expected is not None and is_ != expected:
            yield f"{path} belongs to {what} {is_}, expected {expected}"


def content(test: FileContentTest, facts: StructureFacts) -> Iterator[str]:
    """Say what is wrong with what a file has in it."""
    text = _read(test.path, facts)
    if isinstance(text, Unread):
        yield text.why
        return
    yield from _texts(test.path, text, test.expected_contents, test.excluded_contents)


def metadata(test: MetadataTest, image: Image) -> Iterator[str]:
    """Say what is wrong with the image's config."""
    config = image.config
    yield from _pairs("the variable", test.env_vars, config.environment)
    yield from (
        f"the variable {pair.key} is set"
        for pair in test.unbound_env_vars
        if pair.key in config.environment
    )
    yield from _pairs("the label", test.labels, config.labels)
    for what, is_, expected in (
        ("the entry point", config.entrypoint, test.entrypoint),
        ("the command", config.command, test.cmd),
        ("the working directory", config.working_directory, test.workdir or None),
        ("the user", config.user, test.user or None),
    ):
        if expected is not None and is_ != expected:
            shown, wanted = (
                list(each) if isinstance(each, tuple) else repr(each) for each in (is_, expected)
            )
            yield f"{what} is {shown}, expected {wanted}"
    ports = {port.partition("/")[0] for port in config.exposed_ports}
    yield from (f"port {each} is not exposed" for each in test.exposed_ports if each not in ports)
    yield from (f"port {each} is exposed" for each in test.unexposed_ports if each in ports)
    volumes = config.volumes
    yield from (f"{each} is no volume" for each in test.volumes if each not in volumes)
    yield from (f"{each} is a volume" for each in test.unmounted_volumes if each in volumes)


def licenses(test: LicenseTest, facts: StructureFacts) -> Iterator[str]:
    """Name the files with a licence that is not wanted."""
    for path in license_files(test, facts.tree):
        if path not in test.files and PurePosixPath(path).parent.name in _ALLOWED_PACKAGES:
            continue
        text = _read(path, facts)
        if isinstance(text, Unread):
            yield text.why
            continue
        yield from (f"{path} has {each} in it" for each in _FORBIDDEN if each in text.upper())


class Unread:
    """A file that could not be read, and why."""

    def __init__(self, why: str) -> None:
        self.why = why


def _read(path: str, facts: StructureFacts) -> str | Unread:
    found = facts.tree.find(path, follow=True)
    if found is None:
        return Unread(f"{path} is not there")
    entry = facts.tree.file(path)
    if entry is None:
        return Unread(f"{path} is a {'folder' if found.is_folder else 'special file'}, not a file")
    content = facts.content(entry)
    if content is None:
        return Unread(f"{path} has {wording.size(entry.size)}, and only 1 MiB of a file is read")
    return content.decode("utf-8", errors="replace")


def _texts(what: str, text: str, expected: Iterable[str], excluded: Iterable[str]) -> Iterator[str]:
    for pattern in expected:
        if not compile_go(pattern).search(text):
            begins = f"begins: {wording.line(text, _SHOWN)}" if text.strip() else "is empty"
            yield f"{what} does not match {pattern!r}; it {begins}"
    for pattern in excluded:
        if found := compile_go(pattern).search(text):
            yield f"{what} matches {pattern!r}: {wording.line(found[0], _SHOWN) or '(nothing)'}"


def _pairs(what: str, pairs: Iterable[Pair], have: Mapping[str, str]) -> Iterator[str]:

    for pair in pairs:
        value = have.get(pair.key)
        if value is None:
            yield f"{what} {pair.key} is not set"
        elif pair.is_regex and not compile_go(pair.value).search(value):
            yield f"{what} {pair.key} is {value!r}, which does not match {pair.value!r}"
        elif not pair.is_regex and value != pair.value:
            yield f"{what} {pair.key} is {value!r}, expected {pair.value!r}"
