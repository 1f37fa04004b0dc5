"""One `package.json`: what it is for, how it is built, which Mix dependencies it imports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from imagekit.errors import ProjectNotSupported
from imagekit.project.model import NodeManager
from imagekit.project.places import within
from imagekit.project.tree import SourceTree
from imagekit.project.wanted import is_bundled
from imagekit.resolved import Maybe, Resolved, Unknown

_SCRIPTS: Final = ("deploy", "build")
_LOCKS: Final[tuple[tuple[str, NodeManager], ...]] = (
    ("npm-shrinkwrap.json", "npm"),
    ("package-lock.json", "npm"),
    ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
)
_SCANNERS: Final = ("tailwindcss", "@tailwindcss/", "unocss", "@unocss/", "windicss", "purgecss")
"""Packages that read templates for the class names in them."""

_MIX_DEPENDENCY: Final = re.compile(r"\bdeps/([a-z][a-z0-9_]*)")
_OUTPUT: Final = "priv/static"
_COLOCATED: Final = "phoenix-colocated/"
_ASSETS: Final = "assets"

NO_ASSETS_IN: Final = frozenset({"deps", "node_modules", "priv", "test"})
"""Folders whose `package.json` builds nothing for the project: templates, results, fixtures."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A `package.json`, decoded."""

    path: PurePosixPath
    content: Mapping[str, Any]
    configuration: tuple[str, ...]
    """The texts of the scripts and style sheets that decide what is bundled."""

    @property
    def directory(self) -> PurePosixPath:
        """The folder it stands in."""
        return self.path.parent

    def table(self, key: str) -> Mapping[str, Any]:
        """Give a table of it, empty where there is none."""
        value = self.content.get(key)
        return value if isinstance(value, dict) else {}

    @property
    def packages(self) -> Mapping[str, str]:
        """The npm packages it depends on, with what it says of their versions."""
        tables = (self.table("devDependencies"), self.table("dependencies"))
        return {name: str(asked) for table in tables for name, asked in table.items()}

    @property
    def script(self) -> Maybe[str]:
        """The script that builds for production."""
        scripts = self.table("scripts")
        for name in _SCRIPTS:
            if isinstance(scripts.get(name), str):
                return Resolved(value=name, source=f"{self.path} scripts.{name}")
        has = f"it has {', '.join(sorted(scripts))}" if scripts else "it has none"
        return Unknown(reason=f"no script `deploy` or `build`: {has}", source=str(self.path))

    @property
    def mentions_output(self) -> bool:
        """Whether it, or a script beside it, names `priv/static`, where Phoenix serves from."""
        return any(_OUTPUT in text for text in (json.dumps(self.content), *self.configuration))

    @property
    def imports_colocated(self) -> bool:
        """Whether a script beside it imports the hooks that LiveView takes out of templates.

        They are below `_build`, and there only after the app is compiled
        (hexdocs.pm/phoenix_live_view, `Phoenix.LiveView.ColocatedJS`).
        """
        return any(_COLOCATED in text for text in self.configuration)

    @property
    def scans(self) -> bool:
        """Whether its build reads templates for class names."""
        return any(name.startswith(_SCANNERS) for name in self.packages)

    @property
    def local_packages(self) -> tuple[PurePosixPath, ...]:
        """The folders of the project that it takes npm packages from (`file:../deps/phoenix`)."""
        written = (each.split(":", 1) for each in self.packages.values() if ":" in each)
        folders = (
            within(self.directory, path) for scheme, path in written if scheme in ("file", "link")
        )
        return tuple(sorted({folder for folder in folders if folder is not None}))

    def imported(self, known: Iterable[str]) -> tuple[str, ...]:
        """Give the Mix dependencies among these that it takes JavaScript or styles from."""
        named = {path.parts[1] for path in self.local_packages if _is_fetched(path)}
        mentioned = set(_MIX_DEPENDENCY.findall("\n".join(self.configuration))) & set(known)
        return tuple(sorted(named | mentioned))

    @property
    def reads(self) -> tuple[PurePosixPath, ...]:
        """Folders of the project's own that its build needs beyond its own and `deps`."""
        return tuple(
            path
            for path in self.local_packages
            if not _is_fetched(path) and not path.is_relative_to(self.directory)
        )

    def locks(self, tree: SourceTree) -> Iterator[tuple[PurePosixPath, NodeManager]]:
        """Give the lock files beside it, npm's first."""
        for name, manager in _LOCKS:
            if tree.has(self.directory / name):
                yield self.directory / name, manager

    def manager(self, tree: SourceTree) -> NodeManager:
        """Tell whose project it is: that of its lock file, else of `packageManager`."""
        found = next(self.locks(tree), None)
        if found is not None:
            return found[1]
        declared = str(self.content.get("packageManager", "npm")).split("@", 1)[0]
        return next((manager for _, manager in _LOCKS if manager == declared), "npm")


def _is_fetched(path: PurePosixPath) -> bool:
    return len(path.parts) > 1 and path.parts[0] == "deps"


def read_packages(tree: SourceTree) -> tuple[Package, ...]:
    """Read every `package.json`.

    Raises:
        ProjectNotSupported: the one in a folder `assets`, where Phoenix has it, is none. The image
            would be built without assets. Elsewhere such a file may be anything.
    """
    found: list[Package] = []
    for path in tree.paths:
        if path.name != "package.json":
            continue
        content, problem = _decode(tree.legible(path) or "")
        if content is not None:
            configuration = tuple(_configuration(tree, path.parent))
            found.append(Package(path=path, content=content, configuration=configuration))
        elif path.parent.name == _ASSETS and NO_ASSETS_IN.isdisjoint(path.parts):
            raise ProjectNotSupported(
                file=str(path),
                shape=f"npm would not read it: {problem}",
                way_out="Correct it: `npm ci` stops there too. Without assets, delete it.",
            )
    return tuple(found)


def _decode(text: str) -> tuple[Mapping[str, Any] | None, str]:
    """Decode a `package.json`, or say why it is none."""
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode()  # refuses "\\ud800", half a character
    except json.JSONDecodeError as err:
        return None, f"{err.msg.lower()} in line {err.lineno}, column {err.colno}"
    except (ValueError, RecursionError):
        return None, "it holds what no text holds, or is nested without end"
    return (content, "") if isinstance(content, dict) else (None, "it is no object")


def _configuration(tree: SourceTree, folder: PurePosixPath) -> Iterator[str]:
    for path, text in tree.texts.items():
        if is_bundled(path) and path.is_relative_to(folder):
            yield text
