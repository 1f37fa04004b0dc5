"""`imagekit lint`: exit codes, what goes where, and every option."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagekit.cli import linting as module
from imagekit.dockerfile.text import Text
from imagekit.lint import comments, policy
from imagekit.lint import run as runner
from imagekit.lint.model import DockerfileFile, Edit, Finding, Fix, Hit, Rule, Severity, Span
from imagekit.lint.outcome import Foreign, Ran
from imagekit.lint.report import FORMATS
from imagekit.lint.rules import by_id

from .checking import MIX_EXS
from .conftest import Lint

ERROR = "FROM a\nLABEL mark=error\n"
WARNING = "FROM a\nLABEL mark=warning\n"
FINE = "FROM a\nLABEL mark=fine\n"


def _rule(rule_id: str, severity: Severity) -> Rule:
    """Find the label `mark=<severity>`, and write `fine` instead."""

    def look(file: DockerfileFile) -> Iterator[Hit]:
        for stage in file.stages:
            pair = stage.labels.get("mark")
            if pair is not None and pair.value is not None and pair.value.value == severity.value:
                fix = Fix(title="Write fine", edits=(Edit(pair.value.span, "fine"),))
                yield Hit(span=pair.value.span, message=f"it is {severity.value}", fix=fix)

    return Rule(
        id=rule_id, name=severity.value, severity=severity, summary="Be fine", dockerfile=look
    )


RULES = (_rule("IK198", Severity.ERROR), _rule("IK199", Severity.WARNING))


@pytest.fixture(autouse=True)
def _two_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules made for this, beside those on suppressions: the others come and go."""
    shown = (by_id()["IK001"], by_id()["IK002"], *RULES)

    def known() -> object:
        return {rule.id: rule for rule in shown}

    monkeypatch.setattr(runner, "rules", lambda: shown)
    monkeypatch.setattr(comments, "by_id", known)
    monkeypatch.setattr(policy, "by_id", known)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (ERROR, (), 4),
        (WARNING, (), 0),
        (FINE, (), 0),
        (WARNING, ("--fail-on", "warning"), 4),
        (WARNING, ("--fail-on", "info"), 4),
        (ERROR, ("--json",), 4),
        ("NONSENSE\n", (), 3),
        ("NONSENSE\n", ("--json",), 3),
    ],
)
def test_exit_codes(run_lint: Lint, text: str, options: tuple[str, ...], code: int) -> None:
    assert run_lint(write("Dockerfile", text), *options).code == code


def test_findings_are_the_product_and_the_error_is_the_talk(run_lint: Lint) -> None:
    ended = run_lint(write("Dockerfile", ERROR))
    assert ended.out == (
        "Dockerfile:2:12  error  IK198  it is error\n"
        "2 | LABEL mark=error\n"
        "  |            ^^^^^\n"
        "  = --fix: write fine\n"
        "\n"
        "1 error in 1 file (1 can be fixed with --fix)\n"
    )
    assert ended.err.splitlines() == [
        "Error: A finding at error level in one file.",
        "  rules: IK198",
        "Try:   `imagekit explain IK198` says what is wanted, why, and how to get there.",
        "       imagekit explain lint-failed",
    ]


def test_json_is_one_document_and_nothing_else(run_lint: Lint) -> None:
    write("a.Dockerfile", ERROR)
    write("b.Dockerfile", "NONSENSE\n")
    ended = run_lint("a.Dockerfile", "b.Dockerfile", "--json")
    assert ended.err == ""
    assert [each["rule"] for each in ended.json["findings"]] == ["IK198"]
    assert [each["page"] for each in ended.json["unreadable"]] == ["unreadable-dockerfile"]
    assert ended.json["failing"] == 1
    assert ended.json == run_lint("a.Dockerfile", "b.Dockerfile", "--format", "json").json


def test_a_file_that_cannot_be_read_does_not_hide_the_others(run_lint: Lint) -> None:
    write("a.Dockerfile", "NONSENSE\n")
    write("b.Dockerfile", ERROR)
    ended = run_lint("a.Dockerfile", "b.Dockerfile")
    assert ended.code == 3
    assert "b.Dockerfile:2:12  error" in ended.out
    assert "Error: a.Dockerfile:1: not a valid Dockerfile" in ended.err


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_to_stdout_or_to_a_file(run_lint: Lint, name: str) -> None:
    write("Dockerfile", WARNING)
    shown = run_lint("Dockerfile", "--format", name).out
    ended = run_lint("Dockerfile", "--format", name, "--output", "out")
    assert ended.out == ""
    assert Path("out").read_text(encoding="utf-8") == shown


def test_several_reports_at_once(run_lint: Lint) -> None:
    write("Dockerfile", ERROR)
    ended = run_lint("Dockerfile", "--report", "sarif=a.sarif", "--report", "junit=b=c.xml")
    assert ended.code == 4
    assert json.loads(Path("a.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert Path("b=c.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert ended.out.startswith("Dockerfile:2:12  error")


@pytest.mark.parametrize(
    "options",
    [
        ("--report", "sarif"),
        ("--report", "html=x"),
        ("--report", "sarif="),
        ("--json", "--format", "sarif"),
        ("--format", "html"),
        ("--kind", "helm"),
        ("--fail-on", "off"),
        ("nothing-here",),
        ("--output", "no/such/folder/x"),
        ("--baseline", "missing.json"),
    ],
)
def test_what_cannot_be_meant_is_exit_2(run_lint: Lint, options: tuple[str, ...]) -> None:
    write("Dockerfile", FINE)
    assert run_lint("Dockerfile", *options).code == 2


def test_fix_changes_the_file_and_nothing_else(run_lint: Lint) -> None:
    path = write("Dockerfile", f"# keep me\r\n{ERROR}\tLABEL  other = 'x'  ".replace(" = ", "="))
    before = path.read_bytes()
    ended = run_lint("Dockerfile", "--fix")
    assert (ended.code, ended.err) == (0, "fixed Dockerfile\n")
    assert path.read_bytes() == before.replace(b"error", b"fine")
    again = run_lint("Dockerfile", "--fix")
    assert (again.code, again.err) == (0, "")


def test_fix_leaves_what_is_suppressed(run_lint: Lint) -> None:
    text = "FROM a\n# imagekit: ignore=IK198 because it is meant\nLABEL mark=error\n"
    path = write("Dockerfile", text)
    ended = run_lint("Dockerfile", "--fix")
    assert (ended.code, path.read_text(encoding="utf-8")) == (0, text)
    assert "no findings in 1 file (1 suppressed)" in ended.out


def test_a_baseline_is_written_and_held(run_lint: Lint) -> None:
    write("Dockerfile", ERROR)
    ended = run_lint("Dockerfile", "--write-baseline", "known.json")
    assert ended.code == 0
    ended = run_lint("Dockerfile", "--baseline", "known.json")
    assert (ended.code, ended.out) == (0, "no findings in 1 file (1 in the baseline)\n")
    write("Dockerfile", FINE)
    ended = run_lint("Dockerfile", "--baseline", "known.json")
    assert "note: an entry of known.json found nothing any more: write it again" in ended.out
    # What is known stays known when more is written.
    write("Dockerfile", ERROR)
    write("b.Dockerfile", WARNING)
    files = ("Dockerfile", "b.Dockerfile")
    run_lint(*files, "--baseline", "known.json", "--write-baseline", "known.json")
    assert "2 in the baseline" in run_lint(*files, "--baseline", "known.json").out


def test_a_baseline_holds_from_every_folder(
    run_lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("shop", "other"):
        write(f"{folder}/imagekit.toml", '[lint]\nbaseline = "known.json"\n')
        write(f"{folder}/known.json", '{"findings": []}')
        write(f"{folder}/deploy/Dockerfile", ERROR)
    for folder in ("shop", "other"):
        run_lint(f"{folder}/deploy", "--write-baseline", f"{folder}/known.json")
    # Each policy has its own, and what was not linted is not called gone.
    ended = run_lint("shop/deploy", "other/deploy")
    assert (ended.code, ended.out) == (0, "no findings in 2 files (2 in the baseline)\n")
    alone = "no findings in 1 file (1 in the baseline)\n"
    assert run_lint("other/deploy").out == alone
    write("shop/web.Dockerfile", FINE)
    assert run_lint("shop/web.Dockerfile").out == "no findings in 1 file\n"
    monkeypatch.chdir("shop/deploy")
    assert run_lint("Dockerfile").out == alone
    assert run_lint(Path("Dockerfile").absolute()).out == alone
    assert run_lint("../deploy", "--write-baseline", "../again.json").code == 0
    first = Path("../known.json").read_text(encoding="utf-8")
    assert Path("../again.json").read_text(encoding="utf-8") == first


def test_a_baseline_without_settings_holds_from_every_folder(
    run_lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("deploy/Dockerfile", ERROR)
    run_lint("deploy", "--write-baseline", "known.json")
    monkeypatch.chdir("deploy")
    ended = run_lint("Dockerfile", "--baseline", "../known.json")
    assert ended.out == "no findings in 1 file (1 in the baseline)\n"


def test_settings_decide(run_lint: Lint) -> None:
    write("Dockerfile", WARNING)
    write("imagekit.toml", '[lint]\nfail_on = "warning"\nseverity = { IK198 = "off" }\n')
    ended = run_lint("Dockerfile")
    assert ended.code == 4
    assert "off: IK198\n" in ended.out
    assert run_lint("Dockerfile", "--fail-on", "error").code == 0
    write("imagekit.toml", '[lint]\nbaseline = "known.json"\n')
    Path("known.json").write_text('{"findings": []}', encoding="utf-8")
    assert run_lint("Dockerfile").code == 0
    write("imagekit.toml", '[lint]\nseverity = { IK555 = "off" }\n')
    assert run_lint("Dockerfile").code == 2


def test_kind_says_what_a_name_does_not(run_lint: Lint) -> None:
    write("Build.txt", ERROR)
    assert run_lint("Build.txt").code == 3
    assert run_lint("Build.txt", "--kind", "dockerfile").code == 4


def test_a_project_is_linted_with_its_composed_dockerfile_and_the_others(run_lint: Lint) -> None:
    write("mix.exs", MIX_EXS)
    write("mix.lock", "%{}\n")
    ended = run_lint()
    assert (ended.code, ended.out) == (0, "no findings in 2 files: 1 Dockerfile, 1 Elixir file\n")
    write("web.Dockerfile", ERROR)
    ended = run_lint("--json")
    assert ended.code == 4
    assert ended.json["files"] == ["Dockerfile", "mix.exs", "web.Dockerfile"]
    assert ended.json["notes"] == []


def test_a_dockerfile_made_by_hand_fails_its_project(run_lint: Lint) -> None:
    write("mix.exs", MIX_EXS)
    write("mix.lock", "%{}\n")
    write("Dockerfile", ERROR)
    ended = run_lint("--json", ".")
    assert ended.code == 4
    assert {each["file"] for each in ended.json["findings"]} == {"Dockerfile"}
    assert ended.json["findings"] == run_lint("--json", "Dockerfile").json["findings"]


def test_a_project_whose_dockerfile_cannot_be_composed_says_so(run_lint: Lint) -> None:
    releases = "releases: [a: [applications: [shop: :permanent]], b: []], app: :shop"
    write("mix.exs", MIX_EXS.replace("app: :shop", releases))
    write("mix.lock", "%{}\n")
    ended = run_lint("--json")
    assert ended.json["files"] == ["mix.exs"]
    (note,) = ended.json["notes"]
    assert note.startswith("the Dockerfile is not linted: This project defines several releases")
    assert run_lint("--json", "--release", "a").json["files"] == ["Dockerfile", "mix.exs"]


def test_a_folder_that_is_no_project_and_has_nothing(run_lint: Lint) -> None:
    assert run_lint().code == 3


def test_hadolint_is_merged_by_line(run_lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(files: list[DockerfileFile], **_: object) -> Ran:
        (file,) = files
        start = file.text.content.index("FROM")
        finding = Finding(
            rule="DL3006",
            severity=Severity.ERROR,
            text=file.text,
            span=Span(start, start + 6),
            message="tag",
        )
        return Ran(
            foreign=(Foreign(file=file.text.file, linter="hadolint", findings=(finding,)),),
            notes=("it had fun",),
        )

    monkeypatch.setattr(module, "hadolint", found)
    write("Dockerfile", WARNING)
    ended = run_lint("Dockerfile", "--json", hadolint=True)
    assert [each["rule"] for each in ended.json["findings"]] == ["DL3006", "IK199"]
    assert (ended.code, ended.json["notes"]) == (4, ["it had fun"])
    assert run_lint("Dockerfile", "--json").code == 0
    write("Dockerfile", f"# imagekit: ignore=DL3006 because x\n{WARNING}")
    assert run_lint("Dockerfile", hadolint=True).code == 0
    write("Dockerfile", WARNING)
    write("imagekit.toml", '[lint]\nseverity = { DL3006 = "info" }\n')
    assert run_lint("Dockerfile", hadolint=True).code == 0


def test_hadolint_can_be_switched_off_for_good(
    run_lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Text] = []
    monkeypatch.setattr(
        module, "hadolint", lambda files, **_: given.extend(each.text for each in files) or Ran()
    )
    write("Dockerfile", FINE)
    write("imagekit.toml", "[lint]\nhadolint = false\n")
    assert run_lint("Dockerfile", hadolint=True).code == 0
    assert given == []
