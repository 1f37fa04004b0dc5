"""The table of DESIGN.md, "Layers of the code", held by walking the imports of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Lowest first. A module imports only from lower rows, or from its own package.
TABLE = (
    {"errors", "refs"},
    {"elf", "image", "reasons", "resolved", "wording"},
    {"project", "recipe", "settings", "dockerfile", "pins"},
    {"plan"},
    {"lower", "engine"},
    {"eject"},
    {"build", "verify", "lint"},
    {"prove"},
    {"cli", "ui", "__main__", "pytest_entry", "pytest_plugin"},
)
ROWS = {unit: number for number, row in enumerate(TABLE, start=1) for unit in row}

# Rows where neighbours may use each other: a wrong reference is an error of the catalogue, and
# the command line talks through `ui`.
OPEN_ROWS = {1, len(TABLE)}

# Narrower than the rows.
BARRED = {"engine": {"plan", "project", "recipe", "settings", "dockerfile"}}
MEETS_IN_LOWER = {"plan", "dockerfile"}
# Turning a Dockerfile into text is no knowledge of its instructions.
RENDERING = {"render", "render_dockerignore"}

# Effects, and the one package that may have them.
EFFECTS = {
    "subprocess": {"engine"},
    "docker": {"engine"},
    "click": {"cli", "ui"},
    "print": {"cli", "ui", "__main__"},
    "exit": {"cli", "ui", "__main__"},
    "sys.exit": {"cli", "ui", "__main__"},
}


@dataclass(frozen=True, kw_only=True)
class Import:
    line: int
    module: str
    names: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """`imagekit.engine.client` belongs to `engine`, the package itself to nothing."""
        package, *rest = self.module.split(".")
        return rest[0] if package == "imagekit" and rest else ""


def imports(tree: ast.Module, package: list[str]) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(line=node.lineno, module=alias.name)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names = tuple(alias.name for alias in node.names)
            if base != "imagekit":
                yield Import(line=node.lineno, module=base, names=names)
                continue
            # `from imagekit import refs` imports a module, `... import __version__` a name.
            for name in names:
                if not name.startswith("__"):
                    yield Import(line=node.lineno, module=f"imagekit.{name}")


def offences(root: Path) -> list[str]:
    found: list[str] = []
    for path in sorted((root / "imagekit").rglob("*.py")):
        file = path.relative_to(root)
        unit = file.with_suffix("").parts[1]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if unit != "__init__" and unit not in ROWS:
            found.append(f"{file}: `{unit}` is not in the table")
            continue
        used = [each for each in imports(tree, list(file.parent.parts)) if each.unit != unit]
        found.extend(f"{file}:{line}: {what}" for line, what in misplaced(used, unit))
        found.extend(f"{file}:{line}: {what}" for line, what in effects(used, tree, unit))
    return found


def misplaced(used: list[Import], unit: str) -> Iterator[tuple[int, str]]:
    known: set[str] = set()
    for each in used:
        other = each.unit
        if not other:
            continue
        if other not in ROWS:
            yield each.line, f"`{other}` is not in the table"
        elif not may_import(unit, other):
            yield each.line, f"{unit} must not import {other}"
        if not (each.names and set(each.names) <= RENDERING):
            known.add(other)
        if known >= MEETS_IN_LOWER and unit != "lower":
            yield each.line, f"only lower may know both {' and '.join(sorted(MEETS_IN_LOWER))}"
            known.clear()


def may_import(unit: str, other: str) -> bool:
    row = ROWS.get(unit, 0)
    below = ROWS[other] < row or (ROWS[other] == row and row in OPEN_ROWS)
    return below and other not in BARRED.get(unit, ())


def effects(used: list[Import], tree: ast.Module, unit: str) -> Iterator[tuple[int, str]]:
    for each in used:
        top = each.module.split(".")[0]
        if unit not in EFFECTS.get(top, {unit}):
            yield each.line, f"only {sorted(EFFECTS[top])} may import {top}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            if unit not in EFFECTS.get(call, {unit}):
                yield node.lineno, f"only {sorted(EFFECTS[call])} may call {call}"


def test_every_module_keeps_to_its_row() -> None:
    assert offences(ROOT) == []


WRONG = {
    "up": ("imagekit/refs.py", "import imagekit.plan", "refs must not import plan"),
    "sideways": (
        "imagekit/recipe/load.py",
        "from imagekit.settings import x",
        "recipe must not import settings",
    ),
    "by name": ("imagekit/image.py", "from imagekit import plan", "image must not import plan"),
    "in a function": (
        "imagekit/project/read.py",
        "def f():\n    from imagekit.engine import client",
        "project must not import engine",
    ),
    "for types only": (
        "imagekit/recipe/load.py",
        "if TYPE_CHECKING:\n    from imagekit.plan import Plan",
        "recipe must not import plan",
    ),
    "relative": (
        "imagekit/plan/compose.py",
        "from ..engine import client",
        "plan must not import engine",
    ),
    "relative in a package": (
        "imagekit/plan/__init__.py",
        "from .. import verify",
        "plan must not import verify",
    ),
    "from the package itself": (
        "imagekit/__init__.py",
        "from imagekit.cli import main",
        "__init__ must not import cli",
    ),
    "an engine that knows Elixir": (
        "imagekit/engine/client.py",
        "from imagekit.project import Project",
        "engine must not import project",
    ),
    "plan meets Dockerfile": (
        "imagekit/build.py",
        "import imagekit.plan\nimport imagekit.dockerfile",
        "only lower may know both dockerfile and plan",
    ),
    "a process": ("imagekit/build.py", "import subprocess", "may import subprocess"),
    "the engine's API": ("imagekit/verify/boot.py", "from docker import x", "may import docker"),
    "the command line": ("imagekit/build.py", "import click", "may import click"),
    "printing": ("imagekit/plan/compose.py", "print(1)", "may call print"),
    "exiting": ("imagekit/engine/client.py", "import sys\nsys.exit(1)", "may call sys.exit"),
    "a module without a row": ("imagekit/helpers.py", "", "`helpers` is not in the table"),
    "an import without a row": (
        "imagekit/build.py",
        "import imagekit.helpers",
        "`helpers` is not in the table",
    ),
}


@pytest.mark.parametrize(("file", "text", "offence"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_import_is_found(tmp_path: Path, file: str, text: str, offence: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (found,) = offences(tmp_path)
    assert found.startswith(file)
    assert found.endswith(offence)


RIGHT = {
    "down": ("imagekit/build.py", "import imagekit.engine.client\nfrom imagekit.errors import X"),
    "text of a plan": (
        "imagekit/eject.py",
        "from imagekit.plan import Plan\nfrom imagekit.dockerfile import render",
    ),
    "both in lower": (
        "imagekit/lower/steps.py",
        "import imagekit.plan\nimport imagekit.dockerfile",
    ),
    "its own package": ("imagekit/plan/compose.py", "from imagekit.plan.model import Plan"),
    "a sibling": ("imagekit/plan/compose.py", "from .model import Plan\nfrom . import model"),
    "the version": ("imagekit/build.py", "from imagekit import __version__"),
    "its effect": ("imagekit/engine/process.py", "import subprocess"),
    "a method of that name": ("imagekit/plan/compose.py", "console.print(1)"),
}


@pytest.mark.parametrize(("file", "text"), RIGHT.values(), ids=RIGHT.keys())
def test_a_right_import_is_not(tmp_path: Path, file: str, text: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert offences(tmp_path) == []
