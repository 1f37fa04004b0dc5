"""`# imagekit: ignore=... because ...`: what it takes away, and what is wrong with one."""

from __future__ import annotations

import pytest

from .checking import found, lint, lint_project

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  containers:
    %s
    - name: web %s
"""
IGNORE = "# imagekit: ignore=IK401 because tests say so"


def test_a_reason_is_kept() -> None:
    report = lint(f"FROM a\n{IGNORE.replace('401', '101')}\nRUN mix compile\n")
    assert [(each.finding.rule, each.reason) for each in report.suppressed] == [
        ("IK101", "tests say so")
    ]
    assert not found(report, "IK101")


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n{}\n\n# another comment\nRUN mix compile\n",
        "FROM a\nRUN x && \\\n  {}\n  mix compile\n",
        "FROM a\n#imagekit:ignore=IK101,DL3006   because x\nRUN mix compile\n",
        "FROM a\n# imagekit: ignore=IK002 , IK101 because x\nRUN mix compile\n",
    ],
)
def test_a_comment_is_about_the_next_instruction_or_the_one_around_it(text: str) -> None:
    assert not found(lint(text.format(IGNORE.replace("401", "101"))), "IK101")


@pytest.mark.parametrize(
    "text",
    [
        "{}\nFROM a\nRUN mix compile\n",
        "FROM a\nRUN mix compile\n{}\n",
        "FROM a\nRUN mix compile {}\n",
        "FROM a\nRUN <<EOF\n{}\nmix compile\nEOF\n",
    ],
)
def test_a_comment_elsewhere_is_not(text: str) -> None:
    assert found(lint(text.format(IGNORE.replace("401", "101"))), "IK101")


def test_yaml_above_and_behind() -> None:
    for above, behind in ((IGNORE, ""), ("", IGNORE)):
        report = lint(POD % (above, behind), "pod.yaml")
        assert not found(report, "IK401")
        assert len(report.suppressed) == 1
    report = lint(POD % (f'- name: "{IGNORE}"', ""), "pod.yaml")
    assert len(found(report, "IK401")) == 2


def test_elixir_above_and_behind() -> None:
    ignore = "# imagekit: ignore=IK301 because of tests"
    for text in (f'{ignore}\nx = System.get_env("A")\n', f'System.get_env("A") {ignore}\n'):
        assert not found(lint(text, "config/prod.exs"), "IK301")
    text = f'x = "{ignore}"\nSystem.get_env("A")\n'
    assert found(lint(text, "config/prod.exs"), "IK301")


def test_a_comment_of_a_file_of_a_project_is_about_that_file() -> None:
    config = 'import Config\n# imagekit: ignore=IK301 because x\nx = System.get_env("A")\n'
    report = lint_project({"config/config.exs": config})
    assert not found(report, "IK301")
    assert not found(report, "IK002")


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("imagekit: ignore=IK101", "IK001"),
        ("imagekit: ignore=IK101 because", "IK001"),
        ("imagekit: ignore=IK101 since ever", "IK001"),
        ("imagekit: ignore IK101 because x", "IK001"),
        ("imagekit: skip-file", "IK001"),
        ("imagekit: ignore=IK1O1 because x", "IK002"),
        ("imagekit: ignore=IK401 because x", "IK002"),
    ],
)
def test_what_is_wrong_with_a_comment(comment: str, rule: str) -> None:
    report = lint(f"FROM a\n# {comment}\nRUN mix compile\n")
    assert [each.rule for each in report.findings if each.rule[2] == "0"] == [rule]
    assert found(report, "IK101")


def test_a_rule_that_did_not_run_is_not_called_unused() -> None:
    text = "FROM a\n# imagekit: ignore={} because x\nUSER 1\n"
    assert not found(lint(text.format("DL3006")), "IK002")
    assert not found(lint(text.format("IK101"), levels={"IK101": "off"}), "IK002")
    assert found(lint(text.format("IK101")), "IK002")


@pytest.mark.parametrize("written", ["ik101", "Ik101", "iK101,dl3006"])
def test_the_case_of_an_id_is_folded(written: str) -> None:
    report = lint(f"FROM a\n# imagekit: ignore={written} because x\nRUN mix compile\n")
    assert [each.finding.rule for each in report.suppressed] == ["IK101"]
    assert not found(report, "IK002")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "I101",
            "I101 is the id of no rule of imagekit, hadolint or BuildKit; perhaps you meant IK101",
        ),
        (
            "101",
            "101 is the id of no rule of imagekit, hadolint or BuildKit; perhaps you meant IK101",
        ),
        ("DL30O6", "DL30O6 is the id of no rule of imagekit, hadolint or BuildKit"),
        ("everything", "everything is the id of no rule of imagekit, hadolint or BuildKit"),
    ],
)
def test_an_id_of_no_known_form_is_reported(written: str, message: str) -> None:
    report = lint(f"FROM a\n# imagekit: ignore={written} because x\nRUN mix compile\n")
    assert [each.message for each in found(report, "IK002")] == [message]


@pytest.mark.parametrize("written", ["DL3006", "SC2086", "StageNameCasing", "JSONArgsRecommended"])
def test_ids_of_linters_that_did_not_run_are_none_of_ours(written: str) -> None:
    report = lint(f"FROM a\n# imagekit: ignore={written} because x\nUSER 1\n")
    assert not found(report, "IK002")


def test_a_meant_rule_is_suggested() -> None:
    report = lint("FROM a\n# imagekit: ignore=IK1011 because x\nUSER 1\n")
    (finding,) = found(report, "IK002")
    assert finding.message == "there is no rule IK1011; perhaps you meant IK101"


def test_prose_about_imagekit_is_no_suppression() -> None:
    assert not lint("FROM a\n# Composed by imagekit: do not edit\nUSER 1\n").notes
    assert not found(lint("FROM a\n# made by imagekit\nUSER 1\n"), "IK001")
