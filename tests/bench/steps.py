"""What a developer does to `heavy` between two builds; each edit was never there before."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bench.packages import bumped_package
from tests.bench.sides import ROOT

APPS: Final = ROOT / "fixtures" / "apps"

Edit = Callable[[Path, int], None]
"""Changes the app in a folder; the number is another one each time."""


def copy_of(name: str, into: Path) -> Path:
    """Copy a fixture app to where it may be changed."""
    left_out = shutil.ignore_patterns("_build", "deps", "node_modules")
    return Path(shutil.copytree(APPS / name, into, ignore=left_out))


def begin(app: Path, number: int) -> None:
    """Make the tree one that was never built, dependencies included."""
    _append(app / "config/config.exs", f"\nconfig :logger, :bench, {number}\n")
    one_module(app, number)


def version(app: Path, number: int) -> None:
    _replace(app / "mix.exs", r'version: "[^"]*"', f'version: "0.1.{number}"')


def own_configuration(app: Path, number: int) -> None:
    config = app / "config/config.exs"
    _replace(config, r'title: "[^"]*"', f'title: "heavy_and_quick_{number}"')


def development_dependency(app: Path, number: int) -> None:
    """Take `todo_finder` out, or put it back in."""
    mix_exs, lock = app / "mix.exs", app / "mix.lock"
    text = mix_exs.read_text(encoding="utf-8")
    known = next(line for line in _lines(APPS / "heavy") if '"todo_finder":' in line)
    if "{:todo_finder" in text:
        text = re.sub(r",\n *\{:todo_finder.*\}( # \d+)?", "", text)
        kept = [line for line in lock.read_text().splitlines() if line != known]
    else:
        before = '{:word_case, "~> 1.0"}'
        wish = f'{{:todo_finder, "~> 1.0", only: [:dev, :test], runtime: false}} # {number}'
        text = text.replace(before, f"{before},\n      {wish}")
        first, *middle, last = lock.read_text().splitlines()
        kept = [first, *sorted((*middle, known)), last]
    mix_exs.write_text(re.sub(r"# begin \d+\n|\Z", f"# begin {number}\n", text, count=1))
    lock.write_text("\n".join((*kept, "")))


def one_module(app: Path, number: int) -> None:
    """Change what a function of one module gives. Each time another module, all of one kind."""
    flows = sorted(
        path
        for path in (app / "lib/heavy").glob("*/*.ex")
        if "decides, in steps" in path.read_text(encoding="utf-8")
    )
    chosen = flows[number % len(flows)]
    _replace(chosen, r"defp within\(sum\) when sum > \d+", f"defp within(sum) when sum > {number}")


def dependency(line: str) -> Edit:
    """Lock another version of the package that is bumped."""

    def edit(app: Path, _number: int) -> None:
        name = f'"{bumped_package()}":'
        lines = [line if name in each else each for each in _lines(app)]
        (app / "mix.lock").write_text("\n".join((*lines, "")))

    return edit


def _lines(app: Path) -> list[str]:
    return (app / "mix.lock").read_text(encoding="utf-8").splitlines()


def _append(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def _replace(file: Path, pattern: str, by: str) -> None:
    text, count = re.subn(pattern, by, file.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{file.name}: {pattern} is there {count} times")
    file.write_text(text, encoding="utf-8")
