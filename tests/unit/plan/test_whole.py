"""What goes in whole is told before it is built, with its reason."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagekit.plan.compose import compose
from imagekit.plan.whole import goes_in_whole
from imagekit.project.model import Project
from imagekit.resolved import Resolved, Unknown
from tests.unit.plan.projects import (
    NOT_SAID,
    app,
    config,
    dependency,
    paths,
    project,
    recipe,
    settings,
)

FILES = paths("config/config.exs lib/a.ex mix.exs mix.lock priv/x.pem VERSION vendor/old/a.erl")
LOCK = PurePosixPath("mix.lock")


def told(*, elixir: str = "1.18.3", **changes: object) -> tuple[str, ...]:
    return goes_in_whole(of(**changes), elixir)


def of(**changes: object) -> Project:
    values = {"paths": FILES, "lock_file": LOCK, "config": config("config/config.exs"), **changes}
    return project(**values)


def test_an_ordinary_project_reduces() -> None:
    assert told(dependencies=(dependency("plug"), dependency("icons", "git", bare=True))) == ()


def test_a_git_dependency_of_production() -> None:
    git = dependency("lib", "git")
    assert told(dependencies=(git,)) == (
        "mix.lock goes in whole: it does not tell what lib depends on",
    )
    for other in (
        dependency("lib", "git", environments=("dev",)),
        dependency("lib", "git", version=NOT_SAID),
    ):
        assert told(dependencies=(other,)) == ()
    assert told(dependencies=(git,), lock_file=None) == ()


def test_a_path_dependency_without_a_mix_exs() -> None:
    old = dependency("old", "path", path=PurePosixPath("vendor/old"))
    assert told(dependencies=(old,)) == (
        (
            "mix.lock goes in whole: the path dependency old has no mix.exs that tells what it "
            "depends on"
        ),
    )
    gone = dependency("gone", "path", path=PurePosixPath("vendor/gone"))
    assert told(dependencies=(gone,)) == ()


def test_configuration_that_does_not_reduce() -> None:
    hindrance = Unknown(reason="it imports x.exs, which is not there", source="config/prod.exs:3")
    assert told(irreducible=(hindrance,)) == (
        "config/config.exs goes in whole: it imports x.exs, which is not there (config/prod.exs:3)",
    )
    assert told(irreducible=(hindrance,), config=()) == ()


def test_an_elixir_that_reads_no_configuration_for_an_environment() -> None:
    assert told(elixir="1.10.4") == (
        "config/config.exs goes in whole: Elixir 1.10.4 cannot evaluate it for an environment",
    )


def test_a_file_that_is_there_only_later() -> None:
    def reading(path: str) -> tuple[str, ...]:
        return told(config_reads=(Resolved(value=path, source="config/config.exs:2"),))

    assert reading("priv/x.pem") == (
        (
            "config/config.exs goes in whole: it reads priv/x.pem, which is not there where "
            "dependencies are compiled (config/config.exs:2)"
        ),
    )
    assert reading("VERSION") == ()
    assert reading("/etc/hostname") == ()


def test_an_alias_that_does_not_run() -> None:
    assert told(aliases=("deps.get", "setup"), apps=(app(aliases=("deps.get", "setup")),)) == (
        "the alias deps.get of mix.exs does not run where dependencies are built",
    )


def test_the_plan_says_it() -> None:
    plan = compose(of(dependencies=(dependency("lib", "git"),)), settings(), recipe())
    assert "mix.lock goes in whole: it does not tell what lib depends on" in plan.notes
