"""Which base images fit together, told by their names; and pins in a plan."""

from __future__ import annotations

import pytest

from imagekit.errors import BasesDoNotFit
from imagekit.pins import Pins
from imagekit.plan.bases import base_images, check_bases, suite_of
from imagekit.plan.compose import compose
from imagekit.recipe.load import shipped
from imagekit.recipe.schema import PackageManager
from tests.unit.plan.projects import phoenix_app, project, recipe, settings

HEX = "hexpm/elixir:1.18.3-erlang-27.3.4.3"
DIGEST = f"sha256:{'1' * 64}"

SUITES = {
    f"{HEX}-debian-trixie-20250929-slim": "Debian 13",
    f"{HEX}-ubuntu-noble-20250716": "Ubuntu 24.04",
    f"{HEX}-alpine-3.22.1": "Alpine 3.22",
    "debian:bookworm-slim": "Debian 12",
    f"debian:trixie-slim@{DIGEST}": "Debian 13",
    "debian:12-slim": "Debian 12",
    "ubuntu:22.04": "Ubuntu 22.04",
    "node:22-alpine3.22": "Alpine 3.22",
    "alpine:3.16": "Alpine 3.16",
    "registry.example.internal:5000/base/debian12:latest": "Debian 12",
    "registry.example.internal:5000/trixie/own:1": None,
    "fedora:42": None,
    "debian:testing": None,
    "elixir:1.18": None,
}


@pytest.mark.parametrize(("reference", "name"), SUITES.items())
def test_a_name_tells_the_release(reference: str, name: str | None) -> None:
    suite = suite_of(reference)
    assert (suite.name if suite else None) == name


FITS: list[tuple[str, str, PackageManager]] = [
    (f"{HEX}-debian-trixie-20250929-slim", "debian:trixie-slim", "apt"),
    (f"{HEX}-debian-bookworm-20250929-slim", "debian:trixie-slim", "apt"),
    (f"{HEX}-ubuntu-jammy-20250716", "debian:bookworm-slim", "apt"),
    (f"{HEX}-alpine-3.22.1", "alpine:3.22", "apk"),
    (f"{HEX}-debian-trixie-20250929-slim", "scratch", "apt"),
    ("ours/builder:1", "ours/runtime:1", "apt"),
    ("ours/builder:1", "debian:bookworm-slim", "apt"),
]


@pytest.mark.parametrize(("builder", "runtime", "manager"), FITS)
def test_a_pair_that_works(builder: str, runtime: str, manager: PackageManager) -> None:
    check_bases(builder, runtime, manager)


REFUSED: list[tuple[str, str, PackageManager, str, str]] = [
    (f"{HEX}-debian-trixie-20250929-slim", "debian:bookworm-slim", "apt", "2.41", "2.36"),
    (f"{HEX}-ubuntu-noble-20250716", "debian:bookworm-slim", "apt", "2.39", "2.36"),
    (f"{HEX}-debian-bullseye-20250929", "debian:bookworm-slim", "apt", "1.1", "OpenSSL 3"),
    (f"{HEX}-debian-trixie-20250929-slim", "alpine:3.22", "apt", "glibc", "musl"),
    (f"{HEX}-alpine-3.22.1", "debian:trixie-slim", "apt", "musl", "glibc"),
    ("ours/builder:1", "alpine:3.22", "apt", "glibc", "musl"),
    (f"{HEX}-alpine-3.22.1", "alpine:3.20", "apk", "Alpine 3.22", "Alpine 3.20"),
]


@pytest.mark.parametrize(("builder", "runtime", "manager", "has", "wants"), REFUSED)
def test_a_pair_that_does_not(
    builder: str, runtime: str, manager: PackageManager, has: str, wants: str
) -> None:
    with pytest.raises(BasesDoNotFit) as raised:
        check_bases(builder, runtime, manager)
    assert has in raised.value.builder_has
    assert wants in raised.value.runtime_has


def test_it_is_refused_before_there_is_a_plan() -> None:
    ours = recipe()
    older = ours.runtime.model_copy(update={"base": "debian:bookworm-slim"})
    with pytest.raises(BasesDoNotFit):
        compose(project(), settings(), ours.model_copy(update={"runtime": older}))


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("toolchain", ["image", "distribution"])
def test_the_bases_of_a_shipped_recipe_fit(name: str, toolchain: str) -> None:
    compose(phoenix_app(), settings(toolchain=toolchain), recipe(name))


def test_the_base_images_are_those_that_no_stage_makes() -> None:
    plan = compose(phoenix_app(), settings(), recipe())
    assert base_images(plan) == (
        "debian:trixie-slim",
        f"{HEX}-debian-trixie-20250929-slim",
        "node:22-slim",
    )


def test_a_pin_stands_in_the_plan_with_its_source() -> None:
    pins = Pins(digests={"debian:trixie-slim": DIGEST})
    plan = compose(project(), settings(), recipe(), pins)
    runtime = plan.stages[-1]
    assert runtime.base.value == f"debian:trixie-slim@{DIGEST}"
    assert runtime.base.source == "recipe debian, imagekit.lock"
    assert ("org.opencontainers.image.base.digest", DIGEST) in runtime.steps[-1].labels  # type: ignore[union-attr]
    assert plan.stages[0].base == compose(project(), settings(), recipe()).stages[0].base
