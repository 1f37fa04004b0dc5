"""IK102: the image that runs holds compilers and languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.packages import kept, plain

_IMAGES: Final = frozenset({"elixir", "erlang", "rust", "golang", "gcc", "buildpack-deps"})
_PACKAGES: Final = frozenset(
    [
        "autoconf",
        "automake",
        "build-base",
        "build-essential",
        "cargo",
        "clang",
        "cmake",
        "elixir",
        "erlang",
        "erlang-dev",
        "esl-erlang",
        "g++",
        "gcc",
        "go",
        "golang",
        "libc-dev",
        "libc6-dev",
        "linux-headers",
        "llvm",
        "make",
        "musl-dev",
        "nodejs",
        "npm",
        "rebar3",
        "rust",
        "rustc",
        "yarn",
    ]
)
_BUILDS: Final = frozenset(
    ["mix", "rebar3", "make", "cmake", "gcc", "cargo", "go", "npm", "yarn", "pnpm"]
)


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    if not file.is_shipped:
        return
    final = file.final
    programs = {command.program for stage in file.stages for command in stage.commands}
    has_builder = len(final.lineage) < len(file.stages)
    if has_builder and (reference := final.reference) is not None:
        name = reference.name.rsplit("/", 1)[-1]
        # an escript is no release: it brings no Erlang
        is_escript = name == "erlang" and "escript" in file.text.content
        if (name in _IMAGES and not is_escript) or (
            name == "node" and programs & {"mix", "rebar3"}
        ):
            message = f"the image that runs starts from {name}: it ships the toolchain"
            yield Hit(span=final.lineage[0].start.image.span, message=message)
    if not has_builder and (programs & _BUILDS or final.start_form is None):
        return
    for script in (
        script for stage in final.lineage for run in stage.runs for script in run.scripts
    ):
        for _, word in kept(script):
            if plain(word) in _PACKAGES:
                yield Hit(span=word.span, message=f"{plain(word)} is a build tool in the runtime")


def _wanted(file: DockerfileFile) -> frozenset[str]:
    """Give the images that belong in the runtime: an escript brings no Erlang of its own."""
    words = {word for stage in file.builders for each in stage.commands for word in each.values}
    return frozenset({"erlang"}) if words & {"escript.build", "escriptize"} else frozenset()


RULE = Rule(
    id="IK102",
    name="toolchain-in-runtime",
    severity=Severity.ERROR,
    summary="Keep compilers out of the last stage: a release brings the Erlang it needs",
    dockerfile=_dockerfile,
)
