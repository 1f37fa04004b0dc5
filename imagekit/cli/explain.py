"""`imagekit explain NAME`: the page of an error or a check."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from imagekit.cli.options import json_option
from imagekit.cli.plain import dump
from imagekit.errors import PageNotFound
from imagekit.recipe.load import SHIPPED
from imagekit.ui import product

PAGES: Final = Path(__file__).parent.parent / "pages"


def pages() -> dict[str, Path]:
    """Give every page by its name; a recipe's page is called `recipe.NAME`."""
    found = {path.stem: path for path in PAGES.glob("*/*.md")}
    recipes = {f"recipe.{path.stem}": path for path in SHIPPED.glob("*.md")}
    return dict(sorted({**found, **recipes}.items()))


@click.command("explain")
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """Show the page called NAME; without a NAME, list all pages."""
    known = pages()
    if name is None:
        product(dump({"pages": list(known)}) if as_json else "\n".join(known))
        return
    if name not in known:
        raise PageNotFound(name=name, pages=tuple(known))
    text = known[name].read_text(encoding="utf-8")
    product(dump({"name": name, "text": text}) if as_json else text)
