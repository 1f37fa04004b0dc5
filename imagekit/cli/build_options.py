"""Options of `imagekit build` that Docker users know, under their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from imagekit.build.run import BuildOptions
from imagekit.engine.buildx import BuildSecret, EnvironmentVariable
from imagekit.refs import parse_platform

Function = TypeVar("Function", bound=Callable[..., Any])

_BUILDER = (
    click.option("--platform", help="As linux/amd64; the engine's own when not given."),
    click.option("--builder", help="A builder instance of buildx."),
    click.option(
        "--network", type=click.Choice(["default", "host", "none"]), help="Network of the steps."
    ),
    click.option(
        "--secret", "secrets", multiple=True, metavar="id=ID[,src=FILE|,env=NAME]", help="A secret."
    ),
    click.option(
        "--ssh", multiple=True, metavar="default|ID[=SOCKET]", help="SSH agent to hand in."
    ),
    click.option("--build-arg", "build_args", multiple=True, metavar="NAME=VALUE"),
    click.option("--build-context", "build_contexts", multiple=True, metavar="NAME=FOLDER|URL"),
    click.option(
        "--progress",
        type=click.Choice(["auto", "plain", "tty", "quiet"]),
        default="auto",
        help="How to show the build on stderr.",
    ),
)
_ONE_BUILD = (
    click.option("--target", help="Build up to this stage; it is not verified."),
    click.option(
        "--cache",
        metavar="REF",
        help="Shared cache: read this branch's and the main branch's, write this branch's.",
    ),
    click.option("--cache-from", multiple=True, help="External cache to read, as in buildx."),
    click.option("--cache-to", multiple=True, help="External cache to write, as in buildx."),
    click.option(
        "--compression",
        type=click.Choice(["gzip", "zstd"]),
        help="How all layers are stored; zstd is smaller.",
    ),
    click.option("--no-cache", is_flag=True, help="Use no cached step."),
)


def builder_options(function: Function) -> Function:
    """Add the options that say how a builder is used."""
    for option in reversed(_BUILDER):
        function = option(function)
    return function


def build_options(function: Function) -> Function:
    """Add the builder's options, and those of a single build, to a command."""
    for option in reversed(_ONE_BUILD):
        function = option(function)
    return builder_options(function)


def read_build_options(flags: dict[str, Any], network: str | None) -> BuildOptions:
    """Turn flags, as click gives them, into options.

    Raises:
        InvalidReference: the platform is none.
        click.UsageError: a flag of `key=value` form is not.
    """
    return BuildOptions(
        platform=parse_platform(flags["platform"]) if flags["platform"] else None,
        target=flags.get("target"),
        builder=flags["builder"],
        network=None if network == "default" else network,
        secrets=tuple(_secret(text) for text in flags["secrets"]),
        ssh=flags["ssh"],
        cache_from=flags.get("cache_from", ()),
        cache_to=flags.get("cache_to", ()),
        compression=flags.get("compression"),
        no_cache=flags.get("no_cache", False),
        build_args=_pairs("--build-arg", flags["build_args"]),
        build_contexts=_pairs("--build-context", flags["build_contexts"]),
    )


def _secret(text: str) -> BuildSecret:
    fields = dict(part.partition("=")[::2] for part in text.split(","))
    name = fields.get("id")
    if not name or set(fields) - {"id", "src", "source", "env", "type"}:
        message = f"--secret {text}: it is id=ID with src=FILE or env=NAME."
        raise click.UsageError(message)
    file = fields.get("src") or fields.get("source")
    if file:
        return BuildSecret(id=name, source=Path(file).expanduser())
    return BuildSecret(id=name, source=EnvironmentVariable(name=fields.get("env") or name))


def _pairs(flag: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            message = f"{flag} {text}: it is NAME=VALUE."
            raise click.UsageError(message)
        pairs[name] = value
    return pairs
