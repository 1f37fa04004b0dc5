"""`imagekit init`: writes a commented `imagekit.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from imagekit.cli.options import json_option, path_argument, read_project_in
from imagekit.cli.plain import dump
from imagekit.errors import ForeignFile, UnwritableFile
from imagekit.settings.json_schema import json_schema
from imagekit.settings.load import FILE_NAME
from imagekit.settings.template import template
from imagekit.ui import product, say


@click.command("init")
@path_argument
@click.option("--schema", is_flag=True, help="Print the JSON schema of the file, for editors.")
@json_option
def command(path: Path, schema: bool, as_json: bool) -> None:
    """Write a commented imagekit.toml into PATH; nothing in it changes a default."""
    if schema:
        product(json_schema())
        return
    read_project_in(path)
    file = path / FILE_NAME
    if file.exists():
        raise ForeignFile(file=FILE_NAME, was_ours=_was_ours(file))
    try:
        file.write_text(template(), encoding="utf-8")
    except OSError as err:
        raise UnwritableFile(file=FILE_NAME, problem=err.strerror or str(err)) from err
    say(f"wrote {FILE_NAME}")
    if as_json:
        product(dump({"written": [FILE_NAME]}))


def _was_ours(file: Path) -> Literal["", "edited", "unchanged"]:
    """Tell a file that this verb wrote by its first line, which says whose it is."""
    try:
        present = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    ours = template()
    if present == ours:
        return "unchanged"
    return "edited" if present.split("\n", 1)[0] == ours.split("\n", 1)[0] else ""
