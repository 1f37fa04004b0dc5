"""Facts about the stages of a Dockerfile."""

from __future__ import annotations

import pytest

from imagekit.dockerfile.nodes import EnvNode, RunNode, UserNode
from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.parts import ExecForm
from imagekit.dockerfile.text import Text
from imagekit.lint.targets.dockerfile import DockerfileFile

FILE = """\
ARG ELIXIR=1.18
ARG BUILDER="hexpm/elixir:${ELIXIR}-slim"
ARG RUNNER

FROM ${BUILDER} AS Build
ENV MIX_ENV=prod LANG=C.UTF-8
ARG APP=shop
WORKDIR /app
RUN mix release ${APP} && strip x | tee log
ENTRYPOINT ["a"]

FROM node:22 AS assets
SHELL ["powershell", "-c"]
RUN npm ci

FROM build AS tested
USER 1000
RUN --mount=from=assets,target=/assets mix test

FROM ${RUNNER:-debian:trixie-slim@sha256:%s} AS base
USER root

FROM BASE
ENV LANG=en_US.UTF-8
COPY --from=Build /app /app
COPY --from=1 /assets /assets
COPY --from=busybox /bin/sh /bin/sh
CMD bin/shop start
""" % ("a" * 64)


def read(content: str = FILE) -> DockerfileFile:
    return DockerfileFile(parsed=parse_dockerfile(Text(file="Dockerfile", content=content)))


def test_bases_are_resolved_with_the_defaults_of_arguments() -> None:
    file = read()
    build, assets, tested, base, final = file.stages
    assert build.base == "hexpm/elixir:1.18-slim"
    assert build.reference is not None
    assert (build.reference.name, build.reference.tag) == ("hexpm/elixir", "1.18-slim")
    assert tested.parent is build
    assert tested.root_base == build.base
    assert base.reference is not None
    assert base.reference.digest == f"sha256:{'a' * 64}"
    assert final.parent is base
    assert assets.parent is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('FROM a\nCMD ["x"]\nENTRYPOINT ["y"]\n', ("x",)),
        ('FROM a AS b\nCMD ["x"]\nFROM b\nUSER 1\n', ("x",)),
        ('FROM a AS b\nCMD ["x"]\nFROM b\nENTRYPOINT ["y"]\n', None),
        ('FROM a AS b\nENTRYPOINT ["y"]\nFROM b\nCMD ["x"]\nCMD ["z"]\n', ("z",)),
    ],
)
def test_an_entry_point_of_a_later_stage_takes_the_command_away(
    content: str, words: tuple[str, ...] | None
) -> None:
    cmd = read(content).final.cmd
    assert (cmd.form.values if cmd and isinstance(cmd.form, ExecForm) else None) == words


def test_a_base_that_nobody_can_know_is_unknown() -> None:
    (stage,) = read("ARG A\nFROM $A\n").stages
    assert stage.base is None
    assert stage.reference is None
    (platform,) = read("FROM a-${TARGETARCH}\n").stages
    assert platform.base is None
    (scratch,) = read("FROM scratch\n").stages
    assert scratch.base == "scratch"
    assert scratch.reference is None
    (odd,) = read("FROM UPPER:x\n").stages
    assert odd.reference is None


def test_what_is_needed_and_what_ends_up_in_the_image() -> None:
    file = read()
    assert [each.name for each in file.builders] == ["build", "assets", "tested"]
    assert [each.name for each in file.used] == ["build", "assets", "base", None]
    assert file.final.takes_from == ("Build", "1", "busybox")
    assert file.stage("BUILD") is file.stages[0]
    assert file.stage("1") is file.stages[1]
    assert file.stage("busybox") is None
    assert file.stage("99") is None


def test_what_is_in_force_at_the_end_of_a_stage() -> None:
    build, _, tested, base, final = read().stages
    assert build.user is None
    assert tested.user is not None
    assert tested.user.user.value == "1000"
    assert final.user is base.user
    assert build.environment["MIX_ENV"].value is not None
    assert set(tested.environment) == {"MIX_ENV", "LANG"}
    lang = final.environment["LANG"].value
    assert lang is not None
    assert lang.value == "en_US.UTF-8"
    assert tested.entrypoint is build.entrypoint
    assert final.cmd is not None
    assert final.start_form is final.cmd.form
    assert build.resolve("$APP-${MIX_ENV}") == "shop-prod"
    assert build.resolve("${ELIXIR}") is None  # an ARG before FROM is not in force behind it
    assert final.last(UserNode) is final.user
    assert len(list(tested.all(EnvNode))) == 1
    assert len(list(tested.own(EnvNode))) == 0
    assert final.labels == {}


def test_commands_of_a_stage() -> None:
    build, assets, tested, *_ = read().stages
    assert [each.program for each in build.commands] == ["mix", "strip", "tee"]
    assert list(assets.commands) == []  # no POSIX shell reads them
    assert [each.run.mounts[0].get("from") for each in tested.steps] == ["assets"]
    assert [type(each) for each in tested.runs] == [RunNode]


def test_a_stage_with_the_name_of_an_image_is_that_image_above_it() -> None:
    first, second = read("FROM node AS node\nFROM node\n").stages
    assert first.parent is None
    assert second.parent is first
