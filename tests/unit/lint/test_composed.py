"""What imagekit composes itself is without findings, whatever the project and the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagekit import eject
from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.lint.model import DockerfileFile
from imagekit.lint.run import Subject, run
from imagekit.plan.compose import compose
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.recipe.load import load_recipe, shipped
from imagekit.settings.load import load

REPOSITORY = Path(__file__).parents[3]
COMPOSED = sorted((REPOSITORY / "tests" / "golden" / "compose").glob("*/Dockerfile"))
RELEASES = {"hello_web": None, "umbrella": "web_release", "worker": None}


def found(content: str) -> list[str]:
    parsed = parse_dockerfile(Text(file="Dockerfile", content=content))
    report = run([Subject(target=DockerfileFile(parsed=parsed, composed=True))])
    return [f"{each.location.line}: {each.rule} {each.message}" for each in report.findings]


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.parent.name)
def test_a_golden_case_has_no_finding(path: Path) -> None:
    assert found(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("toolchain", ["image", "distribution"])
@pytest.mark.parametrize("recipe", shipped())
@pytest.mark.parametrize("app", RELEASES)
def test_a_fixture_has_no_finding(app: str, recipe: str, toolchain: str) -> None:
    folder = REPOSITORY / "fixtures" / "apps" / app
    flags = {"recipe": recipe, "toolchain": toolchain, "release": RELEASES[app]}
    settings = load((folder / "imagekit.toml").read_text(encoding="utf-8"), {}, flags)
    project = read_project(SourceTree.read(folder))
    plan = compose(project, settings, load_recipe(recipe, folder))
    assert found(eject.dockerfile(plan)) == []
