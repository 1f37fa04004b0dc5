"""Nothing that imagekit composes breaks a rule on Dockerfiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.lint.model import DockerfileFile
from imagekit.lint.rules import rules

COMPOSED = sorted((Path(__file__).parents[3] / "golden" / "compose").glob("*/Dockerfile"))
GROUPS = ("IK1", "IK2", "IK5", "IK6")


def test_there_are_some() -> None:
    assert COMPOSED


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.parent.name)
def test_no_rule_finds_anything(path: Path) -> None:
    text = Text(file="Dockerfile", content=path.read_text(encoding="utf-8"))
    file = DockerfileFile(parsed=parse_dockerfile(text), composed=True)
    found = [
        f"{rule.id} {hit.message}: {text.of(hit.span)}"
        for rule in rules()
        if rule.id.startswith(GROUPS) and rule.dockerfile is not None
        for hit in rule.dockerfile(file)
    ]
    assert found == []
