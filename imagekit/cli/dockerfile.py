"""`imagekit dockerfile`: print the Dockerfile, write it, or check the written one."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from imagekit import eject
from imagekit.build.secrets import docker_build_words
from imagekit.cli.options import (
    json_option,
    locked_option,
    open_project,
    path_argument,
    plan_options,
)
from imagekit.cli.plain import dump
from imagekit.errors import StaleDockerfile
from imagekit.ui import product, say


@click.command("dockerfile")
@path_argument
@plan_options
@locked_option
@click.option("--write", is_flag=True, help="Write it, with .dockerignore and .imagekit/.")
@click.option("--check", is_flag=True, help="Exit 4 when what is written is out of date.")
@json_option
def command(
    path: Path,
    recipe: str | None,
    toolchain: str | None,
    release: str | None,
    locked: bool,
    write: bool,
    check: bool,
    as_json: bool,
) -> None:
    """Print the Dockerfile of the project in PATH.

    With what `--write` puts beside it, plain `docker build .` builds it.
    """
    if write and check:
        message = "--write and --check exclude each other."
        raise click.UsageError(message)
    opened = open_project(path, recipe=recipe, toolchain=toolchain, release=release, locked=locked)
    files = eject.files(opened.plan)
    if check or write:
        eject.refuse_foreign(path, files)
    if check:
        stale = eject.stale(path, files)
        if stale:
            raise StaleDockerfile(files=stale)
    if write:
        written = eject.write(path, files)
        for name in written:
            say(f"wrote {name}")
        say(f"build it: {shlex.join(docker_build_words(opened.settings, path))}")
    if as_json:
        product(dump({"files": {str(name): text for name, text in files.items()}}))
    elif not write and not check:
        product(files[eject.DOCKERFILE])
