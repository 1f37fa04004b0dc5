"""What `--cache` comes to: the flags that read nothing, and those that write nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagekit.build.run import BuildOptions
from imagekit.build.secrets import network_access
from imagekit.build.seed import SharedSeed, name_of
from imagekit.build.seeded import Seeded
from imagekit.build.seeding import Seeding
from imagekit.cli import build_cache
from imagekit.cli.build_cache import shared, with_seeds
from imagekit.cli.options import Opened
from imagekit.engine.buildx import BuildResult
from imagekit.plan.compose import compose
from tests.unit.engine.fakes import FakeApi, FakeProcesses, buildx, engine, finished
from tests.unit.plan.projects import project, recipe, settings, umbrella

PLACE = "registry.example.internal/shop/cache"
RESULT = BuildResult(
    image_id="a",
    digest=None,
    config_digest=None,
    stages=(),
    timestamps_rewritten=False,
    seconds=1.0,
)
TOML = f'[cache]\nreference = "{PLACE}"\nbranch = "cart"\nmain = "main"\n'


def settled(
    options: BuildOptions | None = None,
    toml: str = TOML,
    kind: str = "docker-26-containerd",
    releases: tuple[str, ...] = (),
) -> tuple[tuple[tuple[str, ...], ...], Seeding]:
    """Give what each release reads of the cache, and the seeds."""
    opened = []
    for name in releases or (None,):
        given = settings(toml, release=name) if name else settings(toml)
        whole = umbrella() if name else project()
        opened.append(
            Opened(
                root=Path(),
                project=whole,
                settings=given,
                recipe=recipe(),
                plan=compose(whole, given, recipe()),
            )
        )
    processes = FakeProcesses({**buildx(kind), ("git",): finished(status=1)})
    used = engine(FakeApi(info={"ID": "A"}), kind=kind, processes=processes)
    access = tuple(network_access(each.settings, Path()) for each in opened)
    found, seeding = shared(used, tuple(opened), access, options or BuildOptions(), quiet=True)
    return tuple(each.cache.reads for each in found), seeding


def test_a_build_reads_both_branches_seeds_and_writes_its_own() -> None:
    reads, seeding = settled()
    assert reads == ((f"{PLACE}:cart", f"{PLACE}:main"),)
    assert seeding.seed.reads == (f"{PLACE}:cart-compiled", f"{PLACE}:main-compiled")
    assert seeding.seed.writes == f"{PLACE}:cart-compiled"
    assert seeding.known() is not None


def test_releases_have_caches_of_their_own_and_one_seed() -> None:
    reads, seeding = settled(releases=("jobs_release", "web_release"))
    assert [each[1] for each in reads] == [
        f"{PLACE}:main-jobs_release",
        f"{PLACE}:main-web_release",
    ]
    assert seeding.seed.reads[1] == f"{PLACE}:main-compiled"


@pytest.mark.parametrize(
    ("options", "kind", "reads", "writes"),
    [
        (BuildOptions(no_cache=True), "docker-26-containerd", False, True),
        (BuildOptions(target="deps"), "docker-26-containerd", True, False),
        (BuildOptions(), "docker-26-classic", True, False),
    ],
    ids=["--no-cache", "--target", "a builder that writes no cache"],
)
def test_the_rules_of_the_cache_are_those_of_seeds(
    options: BuildOptions, kind: str, reads: bool, writes: bool
) -> None:
    cache, seeding = settled(options, kind=kind)
    assert (cache != ((),), seeding.seed.reads != ()) == (reads, reads)
    assert (seeding.seed.writes is not None) == writes
    # What is used is noted in any case: a later build may want to keep it.
    assert len(seeding.seed.written_under) == 2


def test_who_works_on_a_branch_is_told_from_a_ci() -> None:
    assert settled(toml=TOML.replace('branch = "cart"\n', ""))[1].local
    assert not settled()[1].local


def test_without_a_cache_there_are_no_seeds_and_nobody_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reads, seeding = settled(toml="")
    tree = name_of(str(Path.cwd()))
    assert (reads, seeding.seed, seeding.known()) == (((),), SharedSeed(tree=tree), None)
    given: list[BuildOptions] = []

    def build(options: BuildOptions) -> tuple[BuildResult, ...]:
        given.append(options)
        return ()

    assert with_seeds(seeding, build, quiet=False)[0] == ()
    assert given == [BuildOptions(compiled_as=(tree,))]
    assert capsys.readouterr().err == ""


def test_who_interrupts_while_a_seed_is_written_gets_no_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, seeding = settled(toml="")
    gone: list[tuple[BuildResult, ...]] = []
    results = (RESULT, replace(RESULT, image_id="b"))

    def after(*_: object) -> Seeded:
        raise KeyboardInterrupt

    monkeypatch.setattr(Seeding, "after", after)
    monkeypatch.setattr(build_cache, "discard", lambda _, built: gone.append(built))
    with pytest.raises(KeyboardInterrupt):
        with_seeds(seeding, lambda _: results, quiet=True)
    assert gone == [results]
