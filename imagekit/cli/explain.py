"""`imagekit explain NAME`: the page of an error, a check, a lint rule or a recipe."""

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
_GROUPS: Final = {
    "errors": "Errors, as their last line names them",
    "checks": "Checks of a verification, as its report names them",
    "rules": "Rules of `imagekit lint`",
    "recipe": "Recipes",
    "tool": "What makes the release",
    "notes": "Notes",
}


def pages() -> dict[str, Path]:
    """Give every page by its name; of a recipe `recipe.NAME`, of a release tool `tool.NAME`."""
    found = {path.stem: path for path in PAGES.glob("*/*.md")}
    recipes = {f"recipe.{path.stem}": path for path in SHIPPED.glob("*.md")}
    tools = {f"tool.{path.stem}": path for path in SHIPPED.glob("tools/*.md")}
    return dict(sorted({**found, **recipes, **tools}.items()))


@click.command("explain")
@click.argument("name", required=False)
@click.option(
    "--all",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every page, and an index, as one folder of Markdown.",
)
@json_option
def command(name: str | None, folder: Path | None, as_json: bool) -> None:
    """Show the page called NAME: an error, a check, a lint rule, a recipe or a note.

    Without a NAME, list all pages by their titles.
    """
    known = pages()
    if folder is not None:
        if name is not None:
            message = "--all writes every page: leave the name out."
            raise click.UsageError(message)
        written = _write_all(folder, known)
        plain = f"{len(written)} files in {folder.as_posix()}; {written[0]} lists them"
        product(dump({"folder": folder.as_posix(), "files": written}) if as_json else plain)
        return
    if name is None:
        product(dump({"pages": list(known)}) if as_json else _listed(known))
        return
    if name not in known:
        raise PageNotFound(name=name, pages=tuple(known))
    text = known[name].read_text(encoding="utf-8")
    product(dump({"name": name, "text": text}) if as_json else text)


def _listed(known: dict[str, Path]) -> str:
    """Give the pages a group, each with its title."""
    blocks = []
    for folder, heading in _GROUPS.items():
        names = [name for name, path in known.items() if _group(name, path) == folder]
        width = max(map(len, names))
        lines = (f"  {name:<{width}}  {_title(name, known[name])}" for name in names)
        blocks.append("\n".join((heading, *lines)))
    return "\n\n".join(blocks)


def _group(name: str, path: Path) -> str:
    return next((each for each in ("recipe", "tool") if name.startswith(f"{each}.")), "") or (
        path.parent.name
    )


def _title(name: str, path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").strip().removeprefix(f"{name}: ")


def _write_all(folder: Path, known: dict[str, Path]) -> list[str]:
    from imagekit.cli.site import Page, site, write  # noqa: PLC0415 - loads every rule
    from imagekit.lint.rules import by_id  # noqa: PLC0415

    found = (
        Page(
            folder="recipes" if name.startswith("recipe.") else path.parent.name,
            name=path.stem,
            text=path.read_text(encoding="utf-8"),
        )
        for name, path in known.items()
    )
    files = site(found, by_id())
    write(folder, files)
    return [path.as_posix() for path in files]
