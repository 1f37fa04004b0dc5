"""An `assets.deploy` that calls Node, divided among Node's stage and Mix's."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagekit.errors import ProjectNotSupported
from imagekit.plan.alias import Divided, NodeCommand, divide
from imagekit.plan.steps import BundleAssets, RunMixTask, RunNode, TakeFromStage
from tests.unit.plan.projects import NOT_SAID, mix_assets, npm_assets, phoenix_app
from tests.unit.plan.test_compose import plan, steps

ASSETS = PurePosixPath("assets")
BUILD = "cmd --cd assets node build.js --deploy"
GUIDE = ("tailwind shop --minify", BUILD, "phx.digest")


def node(*words: str, directory: PurePosixPath = ASSETS) -> NodeCommand:
    return NodeCommand(directory=directory, words=words)


@pytest.mark.parametrize(
    ("step", "command"),
    [
        (BUILD, node("node", "build.js", "--deploy")),
        ("cmd --cd assets npm run deploy", node("npm", "run", "deploy")),
        (
            "cmd npm run deploy --prefix assets",
            node(*["npm", "run", "deploy", "--prefix", "assets"], directory=PurePosixPath()),
        ),
        (
            "cmd cd assets && npx webpack --mode 'production'",
            node("npx", "webpack", "--mode", "production"),
        ),
    ],
)
def test_what_node_runs(step: str, command: NodeCommand) -> None:
    found = divide(mix_assets(steps=("esbuild shop", step, "phx.digest")))
    assert found == Divided(by_node=(command,), by_mix=(("esbuild", "shop"), ("phx.digest",)))


@pytest.mark.parametrize("step", ["cmd --cd assets npm ci", "cmd npm install --prefix assets"])
def test_what_installs_is_done_before(step: str) -> None:
    found = divide(mix_assets(steps=(step, BUILD)))
    assert found is not None
    assert [each.words[0] for each in found.by_node] == ["node"]


@pytest.mark.parametrize("step", ["esbuild shop --minify", "cmd cp -r a b", "cmd", "cmd 'open", ""])
def test_what_needs_no_node_is_run_whole(step: str) -> None:
    assert divide(mix_assets(steps=(step, "phx.digest"))) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": ("cmd --cd assets yarn deploy",)}, "npm builds, inside"),
        ({"steps": ("cmd --cd ../../shared npm run deploy",)}, "npm builds, inside"),
        ({"steps": (BUILD,), "literal": False}, "functions of mix.exs"),
    ],
)
def test_what_cannot_be_divided_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ProjectNotSupported, match=words):
        divide(mix_assets(**changes))


class TestThePlan:
    def test_node_builds_in_its_stage_and_mix_after_it(self) -> None:
        both = (npm_assets(script=NOT_SAID), mix_assets(steps=GUIDE))
        found = plan(phoenix_app(assets=both))
        assert [each.words for each in steps(found, RunNode)] == [("node", "build.js", "--deploy")]
        assert not steps(found, BundleAssets)
        tasks = [(each.task, *each.arguments) for each in steps(found, RunMixTask)]
        assert tasks == [("tailwind", "shop", "--minify"), ("phx.digest",)]
        taken = [each.source for each in steps(found, TakeFromStage) if each.stage == "assets"]
        assert taken == [PurePosixPath("priv/static"), ASSETS / "node_modules"]

    def test_a_script_that_is_named_wins(self) -> None:
        both = (npm_assets(), mix_assets(steps=GUIDE))
        found = plan(phoenix_app(assets=both), 'assets.script = "prod"\n')
        assert [each.script for each in steps(found, BundleAssets)] == ["prod"]
        assert not steps(found, RunNode)

    def test_node_without_a_package_json_is_refused(self) -> None:
        with pytest.raises(ProjectNotSupported, match=r"has no assets/package\.json"):
            plan(phoenix_app(assets=(mix_assets(steps=GUIDE),)))

    def test_hooks_that_compiling_makes_are_told_of(self) -> None:
        found = plan(phoenix_app(assets=(npm_assets(colocated=True),)))
        assert any("phoenix-colocated" in note for note in found.notes)
