"""How each step of a plan is done in a Dockerfile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final, get_args

import pytest

from imagekit.dockerfile import render, render_dockerignore
from imagekit.image import LayerGroup
from imagekit.lower import lower, lower_fill, lower_ignored, lower_keep
from imagekit.plan.model import LeftOut, Plan, Stage
from imagekit.plan.runtime import AliveReadiness, RuntimeContract
from imagekit.plan.steps import (
    ApplyContract,
    AskedPackage,
    AssembleRelease,
    BundleAssets,
    CompileApp,
    CompileDependencies,
    FetchDependencies,
    FindPackages,
    InstallFound,
    InstallMixTools,
    InstallNodeModules,
    InstallPackages,
    MakeRootfs,
    ReduceManifest,
    RunMixTask,
    RunNode,
    SplitLayers,
    Step,
    TakeFromContext,
    TakeFromStage,
    TakeLayers,
    TakeRootfs,
)
from imagekit.resolved import Resolved

Path = PurePosixPath


def resolved(value: Any) -> Resolved[Any]:
    return Resolved(value=value, source="test")


def stage(
    *steps: Step, name: str = "here", base: str = "debian:trixie-slim", **changes: Any
) -> Stage:
    values: dict[str, Any] = {
        "name": name,
        "base": resolved(base),
        "directory": Path("/build"),
        "environment": (),
        "steps": steps,
        "why": "a stage",
    }
    return Stage(**{**values, **changes})


CONTRACT: Final = RuntimeContract(
    root=Path("/app"),
    user=65532,
    group=65532,
    port=resolved(4000),
    entrypoint=("/app/bin/shop",),
    command=("start",),
    environment=(("LANG", "C.UTF-8"), ("PORT", "4000")),
    required=(),
    optional=(),
    stop_signal="SIGTERM",
    ready=resolved(AliveReadiness(seconds=1)),
    groups=(LayerGroup.ERTS, LayerGroup.APP),
)


def plan(*stages: Stage, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "name": "shop",
        "release": resolved("shop"),
        "recipe": resolved("debian"),
        "toolchain": resolved("image"),
        "versions": {},
        "stages": stages,
        "contract": CONTRACT,
        "ignored": (),
        "ignored_by_user": (),
    }
    return Plan(**{**values, **changes})


def text(*steps: Step, contract: RuntimeContract = CONTRACT) -> str:
    """The lines of a stage with these steps, without its FROM and WORKDIR."""
    before = stage(name="before")
    rendered = render(lower(plan(before, stage(*steps), contract=contract)))
    body = rendered.split("AS here\n", 1)[1]
    return body.replace("WORKDIR /build\n", "", 1).rstrip("\n")


NETWORK: Final = """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    --mount=type=secret,id=ca_bundle \\"""
COMPILED: Final = f"""\
{NETWORK}
    --mount=type=cache,id=imagekit-compiled,target=/compiled \\
    --mount=type=secret,id=imagekit_compiled \\
    /imagekit/with-network /imagekit/compile-deps mix"""
COMPILE_APP: Final = """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    --mount=type=cache,id=imagekit-compiled,target=/compiled \\
    --mount=type=secret,id=imagekit_compiled \\
    /imagekit/compile-app mix compile"""
APT_MOUNTS: Final = """\
RUN --mount=type=tmpfs,target=/var/cache/apt \\
    --mount=type=tmpfs,target=/var/lib/apt/lists \\
    --mount=type=tmpfs,target=/var/log \\
    --mount=type=secret,id=apt_sources,target=/etc/apt/sources.list.d/debian.sources \\"""
APT: Final = f"""\
{APT_MOUNTS}
    --mount=type=bind,from=imagekit,target=/imagekit \\
    touch /dev/shm/begin && \\"""
SETTLED: Final = """\
    mkdir -p /build && \\
    /imagekit/settle packages"""
FETCH: Final = f"""\
{NETWORK}
    --mount=type=tmpfs,target=/hex \\
    --mount=type=cache,id=imagekit-hex,target=/hex/packages,sharing=locked \\
    --mount=type=secret,id=hex_mirror \\
    --mount=type=secret,id=hex_public_key \\
    --mount=type=secret,id=hex_key \\
    --mount=type=secret,id=hex_repositories \\
    --mount=type=secret,id=gitconfig \\
    /imagekit/with-network mix deps.get --only prod"""

CASES: Final[dict[str, tuple[Step, str]]] = {
    "packages of Debian": (
        InstallPackages(manager="apt", packages=("git", "make")),
        f"""\
{APT}
    apt-get update && \\
    apt-get install --yes --no-install-recommends git make && \\
{SETTLED}""",
    ),
    "packages without their dependencies": (
        InstallPackages(manager="apt", packages=("git",), unpacked=("rebar3",)),
        f"""\
{APT}
    apt-get update && \\
    apt-get install --yes --no-install-recommends git && \\
    /imagekit/unpack-package rebar3 && \\
{SETTLED}""",
    ),
    "packages of Alpine": (
        InstallPackages(manager="apk", packages=("git", "make")),
        f"""\
RUN --mount=type=secret,id=ca_bundle,target=/etc/apk/ca.pem \\
    --mount=type=secret,id=apk_repositories,target=/etc/apk/repositories \\
    --mount=type=bind,from=imagekit,target=/imagekit \\
    touch /dev/shm/begin && \\
    sleep 1 && \\
    apk add --no-cache git make && \\
{SETTLED}""",
    ),
    "Hex and rebar3": (
        InstallMixTools(),
        f"{NETWORK}\n    /imagekit/with-network /imagekit/mix-tools",
    ),
    "files and folders": (
        TakeFromContext(
            files=(Path("config/a.exs"), Path("config/b.exs"), Path("mix.exs"), Path("mix.lock")),
            directories=(Path("lib"), Path("apps/web/priv")),
        ),
        """\
COPY config/a.exs config/b.exs ./config/
COPY mix.exs mix.lock ./
COPY lib ./lib/
COPY apps/web/priv ./apps/web/priv/""",
    ),
    "a folder of another stage": (
        TakeFromStage(stage="before", source=Path("deps/phoenix"), target=Path("deps/phoenix")),
        "COPY --from=before /build/deps/phoenix ./deps/phoenix/",
    ),
    "all of another stage": (
        TakeFromStage(stage="before", source=Path(), target=Path()),
        "COPY --from=before /build ./",
    ),
    "a reduced manifest": (
        ReduceManifest(target=Path("/manifest")),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    elixir /imagekit/manifest.exs /manifest""",
    ),
    "a folder beside the stage's own": (
        TakeFromStage(stage="before", source=Path("/manifest"), target=Path()),
        "COPY --from=before /manifest ./",
    ),
    "locked dependencies": (FetchDependencies(locked=True), f"{FETCH} --check-locked"),
    "dependencies without a lock file": (FetchDependencies(locked=False), FETCH),
    "compiled dependencies": (
        CompileDependencies(umbrella=False),
        f"{COMPILED} deps.compile",
    ),
    "compiled dependencies of an umbrella": (
        CompileDependencies(umbrella=True),
        f"{COMPILED} deps.compile \\\n        --skip-umbrella-children",
    ),
    "npm packages": (
        InstallNodeModules(directory=Path("assets")),
        f"""\
{NETWORK}
    --mount=type=cache,id=imagekit-npm,target=/root/.npm,sharing=locked \\
    --mount=type=secret,id=npmrc \\
    /imagekit/with-network npm ci --no-audit --no-fund --prefix ./assets""",
    ),
    "a bundle": (
        BundleAssets(directory=Path("assets"), script="deploy"),
        "RUN NODE_ENV=production npm run deploy --prefix ./assets",
    ),
    "the app": (CompileApp(), COMPILE_APP),
    "a program of Node's": (
        RunNode(directory=Path("assets"), words=("node", "build.js", "--deploy")),
        "WORKDIR /build/assets\nRUN NODE_ENV=production node build.js --deploy\nWORKDIR /build",
    ),
    "a task with arguments": (
        RunMixTask(task="esbuild", arguments=("a b",), directory=Path(), network=False),
        "RUN mix esbuild 'a b'",
    ),
    "a task at the root": (
        RunMixTask(task="phx.digest", directory=Path(), network=False),
        "RUN mix phx.digest",
    ),
    "a task that may reach the network": (
        RunMixTask(task="assets.deploy", directory=Path(), network=True),
        f"{NETWORK}\n    /imagekit/with-network mix assets.deploy",
    ),
    "a task in a child": (
        RunMixTask(task="phx.digest", directory=Path("apps/web"), network=False),
        "WORKDIR /build/apps/web\nRUN mix phx.digest\nWORKDIR /build",
    ),
    "a release by name": (
        AssembleRelease(release="shop", tool="mix"),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    mix release shop --path /release && \\
    /imagekit/seal /release distribution=with-cookie""",
    ),
    "Mix's default release": (
        AssembleRelease(release=None, tool="mix", distribution_needs_cookie=False),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    mix release --path /release && \\
    /imagekit/seal /release""",
    ),
    "a release by Distillery": (
        AssembleRelease(release="bank", tool="distillery", task="distillery.release"),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    mix distillery.release --no-tar --env=prod --name=bank && \\
    mv /build/_build/prod/rel/bank /release && \\
    /imagekit/seal /release distribution=with-cookie""",
    ),
    "a release by an old Distillery, with the recipe's policy": (
        AssembleRelease(release="bank", tool="distillery", port_table=4096),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    mix release --no-tar --env=prod --name=bank && \\
    mv /build/_build/prod/rel/bank /release && \\
    /imagekit/seal /release ports=4096 distribution=with-cookie""",
    ),
    "layers of a release": (
        SplitLayers(
            release="shop",
            groups=(LayerGroup.ERTS, LayerGroup.APP),
            own_apps=("core", "web"),
        ),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    /imagekit/split /release /layers erts,app core web && \\
    /imagekit/settle layers /layers /app && \\
    /imagekit/native /layers /native""",
    ),
    "layers of an image": (
        TakeLayers(stage="before", groups=(LayerGroup.ERTS, LayerGroup.APP)),
        """\
COPY --from=before --link /layers/erts /
COPY --from=before --link /layers/app /""",
    ),
    "a root file system of what the release needs": (
        MakeRootfs(
            stage="before",
            packages=(
                AskedPackage(name="bash"),
                AskedPackage(name="tzdata", dependency="zoneinfo"),
            ),
        ),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    --mount=type=bind,from=before,source=/native,target=/native \\
    /imagekit/rootfs /native /rootfs /app 65532 65532 bash tzdata=zoneinfo && \\
    mkdir -p /rootfs/app && \\
    /imagekit/settle tree /rootfs""",
    ),
    "that root file system, taken": (
        TakeRootfs(stage="before"),
        "COPY --from=before --link /rootfs /",
    ),
    "the packages that a release needs": (
        FindPackages(stage="before", packages=(AskedPackage(name="libvips42t64"),)),
        """\
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    --mount=type=bind,from=before,source=/native,target=/native \\
    /imagekit/needed-packages /native /packages /app libvips42t64 && \\
    /imagekit/settle tree /packages""",
    ),
    "those packages, installed on Debian": (
        InstallFound(manager="apt", stage="before"),
        f"""\
{APT_MOUNTS}
    --mount=type=tmpfs,target=/var/cache/debconf \\
    --mount=type=bind,from=before,source=/packages,target=/packages \\
    --mount=type=bind,from=imagekit,target=/imagekit \\
    touch /dev/shm/begin && \\
    /imagekit/add-packages apt /packages && \\
{SETTLED}""",
    ),
    "those packages, installed on Alpine": (
        InstallFound(manager="apk", stage="before"),
        f"""\
RUN --mount=type=secret,id=ca_bundle,target=/etc/apk/ca.pem \\
    --mount=type=secret,id=apk_repositories,target=/etc/apk/repositories \\
    --mount=type=bind,from=before,source=/packages,target=/packages \\
    --mount=type=bind,from=imagekit,target=/imagekit \\
    touch /dev/shm/begin && \\
    sleep 1 && \\
    /imagekit/add-packages apk /packages && \\
{SETTLED}""",
    ),
    "a contract": (
        ApplyContract(labels=(("dev.imagekit.recipe", "debian"),)),
        """\
ENV LANG=C.UTF-8 \\
    PORT=4000
EXPOSE 4000
USER 65532:65532
STOPSIGNAL SIGTERM
LABEL dev.imagekit.recipe=debian
ENTRYPOINT ["/app/bin/shop"]
CMD ["start"]""",
    ),
}


@pytest.mark.parametrize(("step", "expected"), CASES.values(), ids=CASES.keys())
def test_a_step(step: Step, expected: str) -> None:
    assert text(step) == expected


def test_packages_come_before_the_folder_whose_time_they_settle() -> None:
    packages = InstallPackages(manager="apt", packages=("git",))
    rendered = render(lower(plan(stage(packages, CompileApp()))))
    assert rendered.endswith(f"/imagekit/settle packages\nWORKDIR /build\n{COMPILE_APP}\n")


def test_packages_that_were_found_come_before_that_folder_too() -> None:
    found = InstallFound(manager="apt", stage="found")
    rendered = render(
        lower(
            plan(
                stage(name="found"),
                stage(found, TakeLayers(stage="found", groups=(LayerGroup.APP,))),
            )
        )
    )
    assert "/imagekit/settle packages\nWORKDIR /build\nCOPY --from=found" in rendered


def test_a_root_file_system_comes_before_the_folder_that_it_holds() -> None:
    made = stage(name="rootfs")
    rendered = render(lower(plan(made, stage(TakeRootfs(stage="rootfs"), base="scratch"))))
    assert rendered.endswith("COPY --from=rootfs --link /rootfs /\nWORKDIR /build\n")


def test_every_kind_of_step_has_a_case() -> None:
    assert {type(step) for step, _ in CASES.values()} == set(get_args(Step))


def test_a_release_that_serves_nothing_exposes_nothing() -> None:
    silent = replace(CONTRACT, port=None)
    assert "EXPOSE" not in text(ApplyContract(labels=(("a", "b"),)), contract=silent)


def test_what_fills_a_builder_takes_from_a_seed_and_makes_no_layer_that_could_be_reused() -> None:
    assert (
        render(lower_fill("elixir:1", "127.0.0.1:5000/a:b-compiled", "c1"))
        == f"""\
{SCRIPTS_FIRST}
FROM 127.0.0.1:5000/a:b-compiled AS imagekit-seed

FROM elixir:1 AS imagekit-compiled
ARG NONCE
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    --mount=type=bind,from=imagekit-seed,target=/seed \\
    --mount=type=cache,id=imagekit-compiled,target=/compiled \\
    /imagekit/seed fill /seed /compiled c1
"""
    )


def test_a_seed_is_two_layers() -> None:
    assert (
        render(lower_keep("elixir:1", ("c1", "m1")))
        == f"""\
{SCRIPTS_FIRST}
FROM elixir:1 AS imagekit-compiled
ARG NONCE
RUN --mount=type=bind,from=imagekit,target=/imagekit \\
    --mount=type=cache,id=imagekit-compiled,target=/compiled \\
    /imagekit/seed keep /compiled /seed c1 m1 && \\
    /imagekit/settle tree /seed

FROM scratch AS imagekit-seed
COPY --from=imagekit-compiled --link /seed/deps /
COPY --from=imagekit-compiled --link /seed/app /
"""
    )


SCRIPTS_FIRST: Final = """\
# imagekit's scripts for the steps below; `imagekit build` brings its own
FROM scratch AS imagekit
COPY .imagekit /
"""


def test_the_scripts_of_the_steps_come_first() -> None:
    assert render(lower(plan(stage()))).startswith(
        "# Composed by imagekit: do not edit, `imagekit dockerfile --write` makes it again. With\n"
        "# what that writes beside it, it builds with plain `docker build .` too.\n\n"
        "# imagekit's scripts for the steps below; `imagekit build` brings its own\n"
        "FROM scratch AS imagekit\nCOPY .imagekit /\n"
    )


def test_the_environment_of_a_stage_is_set_before_its_first_step() -> None:
    rendered = render(lower(plan(stage(CompileApp(), environment=(("MIX_ENV", "prod"),)))))
    assert rendered.endswith(f"AS here\nENV MIX_ENV=prod\nWORKDIR /build\n{COMPILE_APP}\n")


def test_a_stage_on_another_stands_where_that_one_stood() -> None:
    rendered = render(lower(plan(stage(name="one"), stage(CompileApp(), base="one", name="two"))))
    assert rendered.endswith(f"FROM one AS two\n{COMPILE_APP}\n")


def test_a_stage_from_scratch_has_no_folder_that_a_destination_could_be_relative_to() -> None:
    take = TakeFromContext(files=(Path("mix.exs"),), directories=(Path("config"),))
    empty = stage(take, base="scratch", directory=Path("/"))
    assert render(lower(plan(empty))).endswith("AS here\nCOPY mix.exs /\nCOPY config /config/\n")


def test_why_a_stage_is_there_stands_above_it() -> None:
    assert "# a stage\nFROM debian:trixie-slim AS here" in render(lower(plan(stage())))


IGNORED: Final = """\
README*
apps/web/test
apps/a[\\[]1[\\]]/test

# Lines below are your own and are kept:
docs/
!docs/api.md

# Whatever the lines above say:
!.imagekit
**/.env

# What is added below is your own too, and moves up when this is written again:
"""


def test_the_users_own_lines_stand_below_ours_and_above_caches_and_secrets() -> None:
    left_out = (
        LeftOut(pattern=".env", folder=None),
        LeftOut(pattern="README*", folder=Path()),
        LeftOut(pattern="test", folder=Path("apps/web")),
        LeftOut(pattern="test", folder=Path("apps/a[1]")),
    )
    composed = plan(ignored=left_out, ignored_by_user=("docs/", "!docs/api.md"))
    assert render_dockerignore(lower_ignored(composed)).split("\n", 2)[2] == IGNORED


def test_a_release_is_divided_in_the_layer_that_makes_it() -> None:
    """overlayfs renames no folder of a layer below: each file that moves would be copied first."""
    make = AssembleRelease(release=None, tool="mix")
    divide = SplitLayers(release=None, groups=(LayerGroup.ERTS, LayerGroup.APP), own_apps=("shop",))
    written = text(make, divide)
    assert written.count("RUN ") == 1
    seal, split, settle = (written.index(each) for each in ("seal", "/split", "settle layers"))
    assert seal < split < settle
    between = RunMixTask(task="phx.digest", directory=Path(), network=False)
    assert text(make, between, divide).count("RUN ") == 3
