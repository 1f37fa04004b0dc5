"""BuildKit's checks in our words. Answers as buildx 0.15 and newer give them with
`--call=check,format=json` (`frontend/subrequests/lint/lint.go` of moby/buildkit has their shape).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.engine.process import NOT_FOUND, Finished
from imagekit.lint.buildkit import buildkit, without_said
from imagekit.lint.model import DockerfileFile, Finding, Severity
from imagekit.lint.outcome import Foreign, Ran

CONTENT = "FROM debian:13 AS Build\nMAINTAINER somebody\n  ENV A b\nCMD echo $A\n"


def warning(rule: str, line: int, detail: str, end: int | None = None) -> dict[str, Any]:
    place = {"start": {"line": line}, "end": {"line": end or line, "character": 3}}
    return {
        "ruleName": rule,
        "description": "what it is about",
        "url": f"https://docs.example.internal/{rule}",
        "detail": detail,
        "location": {"ranges": [place]},
    }


WARNINGS = [
    warning("StageNameCasing", 1, "Stage name 'Build' should be lowercase"),
    warning("MaintainerDeprecated", 2, "Maintainer instruction is deprecated in favor of a label"),
    warning("LegacyKeyValueFormat", 3, '"ENV key=value" should be used', end=4),
    warning("JSONArgsRecommended", 4, "JSON arguments recommended for CMD"),
]
ANSWER = json.dumps({"warnings": WARNINGS, "sources": [{"fileName": "Dockerfile"}]})
NEW = "github.com/docker/buildx v0.19.3 48d6a39"
OLD = "github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3"


class Docker:
    """A docker that answers what was recorded, and keeps what it was asked."""

    def __init__(
        self, answer: str = ANSWER, *, version: str = NEW, status: int | None = 0, errors: str = ""
    ) -> None:
        self.answer = answer
        self.version = version
        self.status = status
        self.errors = errors
        self.asked: list[tuple[str, ...]] = []
        self.given: list[bytes] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Finished:
        self.asked.append(tuple(argv))
        if argv[:3] == ("docker", "buildx", "version"):
            missing = self.version == ""
            return Finished(status=NOT_FOUND if missing else 0, output=self.version, errors="")
        assert not list(Path(argv[-1]).iterdir())
        self.given.append(Path(argv[argv.index("--file") + 1]).read_bytes())
        return Finished(status=self.status, output=self.answer, errors=self.errors)

    def stream(
        self,
        argv: Sequence[str],
        on_line: Callable[[str], None],
        *,
        environment: Mapping[str, str],
    ) -> int:
        raise NotImplementedError


def file(content: str = CONTENT, name: str = "web/Dockerfile") -> DockerfileFile:
    return DockerfileFile(parsed=parse_dockerfile(Text(file=name, content=content)))


def ran(docker: Docker, *files: DockerfileFile, hadolint: Sequence[Foreign] = ()) -> Ran:
    found = buildkit(files or (file(),), processes=docker, environment={})
    return without_said(found, hadolint)


def shown(finding: Finding) -> tuple[str, str, Severity, str]:
    return (finding.rule, finding.text.of(finding.span), finding.severity, finding.message)


def test_findings_have_our_places_and_what_a_rule_covers_is_left_out() -> None:
    docker = Docker()
    (foreign,) = ran(docker).foreign
    assert (foreign.file, foreign.linter) == ("web/Dockerfile", "buildkit")
    assert [shown(each) for each in foreign.findings] == [
        (
            "StageNameCasing",
            "FROM debian:13 AS Build",
            Severity.WARNING,
            "Stage name 'Build' should be lowercase",
        ),
        (
            "MaintainerDeprecated",
            "MAINTAINER somebody",
            Severity.WARNING,
            "Maintainer instruction is deprecated in favor of a label",
        ),
        (
            "LegacyKeyValueFormat",
            "ENV A b\nCMD echo $A",
            Severity.WARNING,
            '"ENV key=value" should be used',
        ),
    ]
    assert docker.given == [CONTENT.encode()]
    assert docker.asked[0][:4] == ("docker", "buildx", "build", "--call=check,format=json")


def test_what_hadolint_says_of_the_same_line_is_not_said_again() -> None:
    target = file()
    finding = Finding(
        rule="DL4000",
        severity=Severity.ERROR,
        text=target.text,
        span=target.text.line_span(2),
        message="MAINTAINER is deprecated",
    )
    said = Foreign(file=target.text.file, linter="hadolint", findings=(finding,))
    (foreign,) = ran(Docker(), target, hadolint=[said]).foreign
    assert [each.rule for each in foreign.findings] == ["StageNameCasing", "LegacyKeyValueFormat"]


@pytest.mark.parametrize(
    ("docker", "note"),
    [
        (Docker("", version="", status=NOT_FOUND), "there is no docker command"),
        (Docker("", version="nothing", status=1), "docker has no buildx"),
        (
            Docker("", version=OLD, status=125, errors="unknown flag: --call"),
            "buildx 0.13.1+ds1 does not offer them, 0.15 or newer does",
        ),
        (
            Docker("", status=1, errors="#0 building\nERROR: unsupported request frontend.lint\n"),
            "unsupported request frontend.lint",
        ),
        (Docker("[]", status=0), "status 0"),
        (Docker('{"warnings": [{}]}', status=0), "status 0"),
        (Docker("", status=None, errors="docker: no end within 60.0 s"), "docker: no end within"),
    ],
)
def test_what_did_not_run_is_noted_and_never_green(docker: Docker, note: str) -> None:
    found = ran(docker)
    assert found.foreign == ()
    assert found.notes[0].startswith(f"BuildKit's checks did not run: {note}")
    assert len(found.notes) == 1


def test_a_file_that_it_cannot_read_is_noted_and_the_others_are_checked() -> None:
    answer = json.dumps({"warnings": [], "sources": [], "buildError": {"message": "no\nway"}})
    found = ran(Docker(answer), file(), file(name="Dockerfile"))
    assert found.foreign == ()
    assert found.notes == (
        "BuildKit did not check all of web/Dockerfile: no",
        "BuildKit did not check all of Dockerfile: no",
    )


def test_what_it_found_before_an_image_could_not_be_had_counts() -> None:
    error = {"message": "elixir:1: not found"}
    answer = json.dumps({"warnings": WARNINGS[:2], "sources": [], "buildError": error})
    found = ran(Docker(answer))
    assert [len(each.findings) for each in found.foreign] == [2]
    assert found.notes == ("BuildKit did not check all of web/Dockerfile: elixir:1: not found",)


def test_a_front_end_that_a_file_brings_and_that_cannot_be_had_is_that_file_s_matter() -> None:
    why = "docker.io/docker/dockerfile:1: not found"
    brings = file(f"# syntax=docker/dockerfile:1\n{CONTENT}", name="Dockerfile")
    docker = Docker("", status=1, errors=f"ERROR: {why}\n")
    about_it = f"BuildKit did not check all of Dockerfile: {why}"
    assert ran(docker, brings, brings).notes == (about_it, about_it)
    not_run = f"BuildKit's checks did not run: {why}"
    assert ran(docker, brings, file(), file()).notes == (about_it, not_run)


def test_no_file_asks_nothing_and_many_are_refused() -> None:
    docker = Docker()
    assert buildkit((), processes=docker, environment={}) == Ran()
    assert docker.asked == []
    found = ran(docker, *[file()] * 51)
    assert found.notes == ("BuildKit's checks did not run: more than 50 files: name fewer",)
    assert docker.given == []


def test_a_line_that_is_not_there_counts_as_the_last() -> None:
    answer = json.dumps({"warnings": [warning("UndefinedVar", 99, "no line")], "sources": []})
    (foreign,) = ran(Docker(answer), file("FROM a")).foreign
    assert foreign.findings[0].location.line == 1
