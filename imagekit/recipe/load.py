"""Recipes from their TOML files: shipped ones by name, a user's own by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import tomli
from pydantic import ValidationError

from imagekit import wording
from imagekit.errors import InvalidValue, RecipeNotFound, UnknownKey, UnreadableConfiguration
from imagekit.recipe.schema import Recipe
from imagekit.recipe.stages import check_stages

_PACKED: Final = Path(__file__).parent.parent / "_recipes"
_CHECKOUT: Final = Path(__file__).parent.parent.parent / "recipes"
SHIPPED: Final = _PACKED if _PACKED.is_dir() else _CHECKOUT
"""The wheel carries `recipes/` inside the package; a checkout has it beside the package."""

_ABSTRACT: Final = "base"
_DEPTH: Final = 8


def shipped() -> tuple[str, ...]:
    """Give the names of the recipes that come with imagekit."""
    return tuple(sorted(p.stem for p in SHIPPED.glob("*.toml") if p.stem != _ABSTRACT))


def load_recipe(name: str, directory: Path, source: str = "") -> Recipe:
    """Read a recipe and everything it extends.

    Args:
        name: a shipped recipe's name, or a path (it has a `/` or ends in `.toml`).
        directory: what a relative path is relative to: the project's folder.
        source: where the name was given, for the error.

    Raises:
        RecipeNotFound: no such recipe.
        UnreadableConfiguration: the file cannot be read or is not TOML.
        UnknownKey, InvalidValue: the schema refuses it, its stages do not fit together, or
            the chain of `extends` has no end.
    """
    tree = _read(name, directory, _DEPTH, source)
    tree["name"] = Path(name).stem
    try:
        recipe = Recipe.model_validate(tree)
    except ValidationError as err:
        raise _translate(err, f"recipe {name}") from err
    check_stages(recipe)
    return recipe


def _read(name: str, directory: Path, depth: int, source: str) -> dict[str, Any]:
    is_path = "/" in name or name.endswith(".toml")
    path = SHIPPED / f"{name}.toml"
    if is_path:
        try:
            path = directory / Path(name).expanduser()
        except RuntimeError:  # `~name` of somebody who has no home here
            path = directory / name
    if depth == 0:
        raise InvalidValue(file=name, key="extends", problem="the chain of recipes has no end")
    if not _is_file(path):
        raise RecipeNotFound(name=name, shipped=shipped(), source=source)
    try:
        tree = tomli.loads(path.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, OSError) as err:
        raise UnreadableConfiguration(file=name, problem=str(err)) from err
    parent = tree.pop("extends", None)
    if parent is None:
        return tree
    if not isinstance(parent, str):
        raise InvalidValue(file=name, key="extends", problem="it names one recipe")
    return _merge(_read(parent, path.parent, depth - 1, f"extends in {name}"), tree)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file system can have
        return False


def _merge(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    merged = dict(parent)
    for key, value in child.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both_tables else value
    return merged


def _translate(err: ValidationError, file: str) -> UnknownKey | InvalidValue:
    first = min(err.errors(), key=lambda each: each["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return UnknownKey(file=file, key=key, allowed=_allowed(first["loc"][:-1]))
    return InvalidValue(file=file, key=key, problem=wording.problem(first))


def _allowed(path: tuple[int | str, ...]) -> tuple[str, ...]:
    model: Any = Recipe
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            kind = model.model_fields[part].annotation
            model = kind if hasattr(kind, "model_fields") else model
    return tuple(model.model_fields)
