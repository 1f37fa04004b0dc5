"""Fixes change what they say, nothing else, and end."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.dockerfile.text import Span, Text
from imagekit.errors import UnwritableFile
from imagekit.lint.fix import fix_files, fixed
from imagekit.lint.model import Edit, Finding, Fix, Severity
from imagekit.lint.outcome import Report, Suppressed

from .checking import found, lint


def finding(*edits: tuple[int, int, str], text: Text | None = None) -> Finding:
    found = tuple(Edit(Span(start, end), put) for start, end, put in edits)
    return Finding(
        rule="IK000",
        severity=Severity.WARNING,
        text=text or Text(file="Dockerfile", content=""),
        span=found[0].span if found else Span(0, 0),
        message="",
        fix=Fix(title="Fix it", edits=found) if found else None,
    )


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        ([finding((0, 1, "X"))], "Xbcdef"),
        ([finding((0, 1, "X"), (5, 6, ""))], "Xbcde"),
        ([finding((2, 2, "-"))], "ab-cdef"),
        ([finding((0, 3, "X")), finding((2, 4, "Y"))], "Xdef"),
        ([finding((0, 3, "X")), finding((3, 4, "Y"))], "XYef"),
        ([finding((2, 2, "-")), finding((2, 2, "+"))], "ab+cdef"),
        ([finding((2, 2, "-")), finding((2, 3, "+"))], "ab-cdef"),
        ([finding((1, 2, "X"), (1, 3, "Y"))], "abcdef"),
        ([finding((0, 1, "X"), (4, 99, "Y"))], "abcdef"),
        ([finding((3, 1, "X"))], "abcdef"),
        ([finding()], "abcdef"),
    ],
)
def test_edits_of_a_fix_are_applied_all_or_none(findings: list[Finding], text: str) -> None:
    assert fixed("abcdef", findings) == text
    assert fixed("abcdef", reversed(findings)) == text


spans = st.tuples(st.integers(0, 12), st.integers(0, 12), st.text("xyz", max_size=2))


@given(st.lists(st.lists(spans, max_size=3), max_size=6))
def test_what_no_edit_names_stays(found: list[list[tuple[int, int, str]]]) -> None:
    content = "ABCDEFGHIJKL"
    findings = [finding(*edits) for edits in found]
    result = fixed(content, findings)
    named = {at for edits in found for start, end, _ in edits for at in range(start, end)}
    kept = [letter for at, letter in enumerate(content) if at not in named]
    assert [letter for letter in result if letter in kept] == kept


class Disk:
    """A file whose findings are the words `bad`; the fix of a rule is to write `put`."""

    def __init__(self, path: Path, content: bytes, put: str = "ok") -> None:
        self.path = path
        self.put = put
        path.write_bytes(content)

    def lint(self) -> Report:
        text = Text.decode("Dockerfile", self.path.read_bytes())
        at = text.content.find("bad")
        found = [] if at < 0 else [finding((at, at + 3, self.put), text=text)]
        return Report(findings=tuple(found))


CONTENT = b"\xef\xbb\xbfFROM a\r\nLABEL x=bad y=\xff\r\nLABEL z=bad"


def test_a_file_is_fixed_until_nothing_is_left_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    disk = Disk(path, CONTENT)
    path.chmod(0o640)
    done = fix_files(disk.lint, {"Dockerfile": path})
    assert (done.files, done.notes) == (("Dockerfile",), ())
    assert path.read_bytes() == CONTENT.replace(b"bad", b"ok")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["Dockerfile"]
    assert fix_files(disk.lint, {"Dockerfile": path}).files == ()


def test_a_fix_that_never_ends_is_ended(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "Dockerfile", CONTENT, put="bad bad")
    fix_files(disk.lint, {"Dockerfile": disk.path})
    assert disk.path.read_bytes().count(b"bad") < 20


def test_a_fix_that_breaks_the_file_is_not_written(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "Dockerfile", CONTENT, put="\nBROKEN\n")
    done = fix_files(disk.lint, {"Dockerfile": disk.path})
    assert disk.path.read_bytes() == CONTENT
    assert done.files == ()
    assert done.notes[0].startswith("Dockerfile is not fixed, the result could not be read: ")


def test_what_is_in_no_file_is_left(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "Dockerfile", CONTENT)
    assert fix_files(disk.lint, {}).files == ()
    assert disk.path.read_bytes() == CONTENT


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "real", CONTENT)
    link = tmp_path / "Dockerfile"
    link.symlink_to("real")
    fix_files(disk.lint, {"Dockerfile": link})
    assert link.is_symlink()
    assert b"bad" not in disk.path.read_bytes()


def test_a_folder_that_cannot_be_written_is_an_error_and_the_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path / "Dockerfile", CONTENT)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(UnwritableFile) as raised:
        fix_files(disk.lint, {"Dockerfile": disk.path})
    assert raised.value.problem == "Permission denied"
    assert disk.path.read_bytes() == CONTENT


BUILT = """\
FROM elixir:1.18-slim AS build
RUN MIX_ENV=prod mix release
FROM debian:trixie-slim
COPY --from=build /app/_build/prod/rel/shop /app
"""


def fixed_once(text: str) -> str:
    return fixed(text, lint(text).findings)


def test_an_entry_point_alone_gets_the_exec_form() -> None:
    text = "FROM debian:trixie-slim\nENTRYPOINT /app/bin/shop start\n"
    assert fixed_once(text).endswith('ENTRYPOINT ["/app/bin/shop", "start"]\n')


@pytest.mark.parametrize(
    "text",
    [
        'FROM a\nENTRYPOINT /app/bin/x\nCMD ["start"]\n',
        'FROM a\nCMD ["start"]\nENTRYPOINT /app/bin/x\n',
        "FROM a\nENTRYPOINT /app/bin/x\nCMD start\n",
        'FROM a AS base\nCMD ["start"]\nFROM base\nENTRYPOINT /app/bin/x\n',
        'FROM a AS base\nENTRYPOINT /app/bin/x\nFROM base\nCMD ["start"]\n',
        'FROM a AS base\nCMD /app/bin/x\nFROM base\nENTRYPOINT ["/tini", "--"]\n',
    ],
)
def test_an_entry_point_beside_a_command_is_found_and_not_rewritten(text: str) -> None:
    assert found(lint(text), "IK402")
    assert not [each for each in found(lint(text), "IK402") if each.fix is not None]


def test_a_stage_of_another_lineage_hinders_no_fix() -> None:
    text = 'FROM a AS other\nCMD ["x"]\nFROM b\nENTRYPOINT /app/bin/x\n'
    assert fixed_once(text).endswith('ENTRYPOINT ["/app/bin/x"]\n')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# why\nCMD [{}]\n", "STOPSIGNAL SIGTERM\n# why\nCMD [{}]\n"),
        ("ENV A=1\n  # one\n\n# two\nCMD [{}]", "ENV A=1\n{S}  # one\n\n# two\nCMD [{}]"),
        ("# run\nRUN <<EOF\n# no\nEOF\n  CMD [{}]", "# run\nRUN <<EOF\n# no\nEOF\n{S}  CMD [{}]"),
        ("ENV A=1 \\\n# in\n  B=2\nCMD [{}]", "ENV A=1 \\\n# in\n  B=2\n{S}CMD [{}]"),
    ],
)
def test_a_stop_signal_is_written_above_the_comments_of_what_it_stands_above(
    before: str, after: str
) -> None:
    def whole(text: str) -> str:
        return BUILT + text.replace("{S}", "STOPSIGNAL SIGTERM\n").replace("{}", '"/app/bin/x"')

    assert fixed_once(whole(before)) == whole(after)


def test_what_a_comment_keeps_is_kept_while_the_rest_is_fixed(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    ignore = "# imagekit: ignore=IK402 because the shell must stay\nCMD /app/bin/shop start\n"
    path.write_text(BUILT + ignore, encoding="utf-8")

    def again() -> Report:
        return lint(path.read_text(encoding="utf-8"))

    fix_files(again, {"Dockerfile": path})
    assert path.read_text(encoding="utf-8") == f"{BUILT}STOPSIGNAL SIGTERM\n{ignore}"
    assert [each.finding.rule for each in again().suppressed] == ["IK402"]
    assert not found(again(), "IK002")


def test_a_rule_that_a_comment_stopped_fixes_nothing_in_later_rounds(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "Dockerfile", CONTENT)
    rounds: list[Report] = []

    def lose_the_comment() -> Report:
        report = disk.lint()
        if not rounds:
            report = Report(
                findings=report.findings,
                suppressed=(Suppressed(finding=report.findings[0], reason="x"),),
            )
        rounds.append(report)
        return report

    fix_files(lose_the_comment, {"Dockerfile": disk.path})
    assert disk.path.read_bytes() == CONTENT.replace(b"bad", b"ok", 1)
