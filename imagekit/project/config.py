"""Configuration files: which there are, when each is evaluated, and in which environment.

Rules: `Mix.Tasks.Release` takes `runtime.exs` beside `config_path:` (else the deprecated
`releases.exs`), or what `runtime_config_path:` of a release names, `false` for none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagekit.project.conditions import ENVIRONMENT, ENVIRONMENT_CALLS, in_force
from imagekit.project.elixir.parse import parse
from imagekit.project.elixir.syntax import Source, arguments, call_name, parts, text
from imagekit.project.elixir.terms import Term, option, plain, string
from imagekit.project.model import ConfigFile, ConfigTime
from imagekit.project.places import within
from imagekit.project.tree import SourceTree
from imagekit.resolved import Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

_DEFAULT: Final = "config/config.exs"
_OTHER_ENVIRONMENTS: Final = frozenset({"dev", "test"})
_IN_PLACE_OF_ENVIRONMENT: Final = "\x00"
_IN_PLACE_OF_ANYTHING: Final = "\x01"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The files, sorted, and the syntax trees of those that production evaluates."""

    files: tuple[ConfigFile, ...]
    compile_time: tuple[Source, ...]
    """In the order in which they are evaluated."""
    runtime: tuple[Source, ...]
    missing: tuple[Unknown, ...] = ()
    """Imports of files that are not there, where nothing but production decides about them."""


def configuration(
    tree: SourceTree,
    *,
    written_path: str | None,
    app_folders: Iterable[PurePosixPath],
    release_options: Iterable[Term | None],
) -> Configuration:
    """Find the configuration of a project.

    Args:
        tree: the source tree.
        written_path: `config_path:` of the root's `mix.exs`.
        app_folders: folders of the project's own apps.
        release_options: the options of each release.

    Raises:
        SourceSyntaxError: a file that production evaluates does not parse.
    """
    main = within(PurePosixPath(), written_path or _DEFAULT)
    if main is None:
        return Configuration(files=(), compile_time=(), runtime=())
    runtime = tuple(sorted(set(_runtime_files(tree, main.parent, release_options))))
    imports = _Imports(tree=tree, app_folders=tuple(app_folders), seen={}, sources=[])
    imports.follow(main)
    folders = {main.parent, *(path.parent for path in imports.seen)}
    beside = {
        path
        for path in tree.paths
        if path.suffix == ".exs" and any(path.is_relative_to(folder) for folder in folders)
    }
    compile_time = (beside | imports.seen.keys()) - set(runtime)
    files = (
        *(
            ConfigFile(path=each, time=ConfigTime.COMPILE, environment=imports.seen.get(each))
            for each in compile_time
        ),
        *(ConfigFile(path=each, time=ConfigTime.RUNTIME) for each in runtime),
    )
    return Configuration(
        files=tuple(sorted(files, key=lambda file: file.path)),
        compile_time=tuple(imports.sources),
        runtime=tuple(_parsed(tree, runtime)),
        missing=tuple(imports.missing),
    )


def _runtime_files(
    tree: SourceTree, folder: PurePosixPath, release_options: Iterable[Term | None]
) -> Iterator[PurePosixPath]:
    usual = (folder / "runtime.exs", folder / "releases.exs")
    default = next((path for path in usual if tree.has(path)), None)
    for options in release_options:
        asked = option(options, "runtime_config_path")
        named = within(PurePosixPath(), string(asked) or "")
        if string(asked) and named is not None and tree.has(named):
            yield named
        elif plain(asked) is not False and default is not None:
            yield default


def _parsed(tree: SourceTree, paths: Iterable[PurePosixPath]) -> Iterator[Source]:
    for path in paths:
        found = tree.text(path)
        if found is not None:
            yield parse(found, str(path))


@dataclass(kw_only=True)
class _Imports:
    """Follows `import_config` from the main file through what production evaluates."""

    tree: SourceTree
    app_folders: tuple[PurePosixPath, ...]
    seen: dict[PurePosixPath, str | None]
    """Files met, with the environment that alone reads them."""
    sources: list[Source]
    missing: list[Unknown] = field(default_factory=list)

    def follow(self, path: PurePosixPath, environment: str | None = None) -> None:
        if path in self.seen:
            return
        content = self.tree.text(path)
        if content is None:
            return
        self.seen[path] = environment
        if environment in _OTHER_ENVIRONMENTS:
            return
        source = parse(content, str(path))
        self.sources.append(source)
        for node, conditional in in_force(source.root):
            if call_name(node) == "import_config" and (given := arguments(node)):
                targets = tuple(self._targets(path, given[0]))
                if not conditional and {None, ENVIRONMENT}.isdisjoint(each for _, each in targets):
                    self.missing += _unimported(given[0], source)
                for target, of_its_own in targets:
                    self.follow(target, of_its_own or environment)

    def _targets(
        self, importer: PurePosixPath, node: Node
    ) -> Iterator[tuple[PurePosixPath, str | None]]:
        if node.type != "string":
            # `for file <- Path.wildcard("../apps/*/config/config.exs")`: the old umbrella.
            yield from ((folder / _DEFAULT, None) for folder in self.app_folders)
            return
        wanted = _pattern(importer.parent, node)
        for path in self.tree.paths:
            match = wanted.fullmatch(str(path))
            if match is None or path == importer:
                continue
            environment = match.groupdict().get("environment")
            if environment is None or environment in {ENVIRONMENT, *_OTHER_ENVIRONMENTS}:
                yield path, environment


def _unimported(node: Node, source: Source) -> Iterator[Unknown]:
    """Say that a file is not there; of a pattern or a computed name nothing is known."""
    if node.type != "string":
        return
    name = ""
    for child in parts(node):
        environment = any(call_name(each) in ENVIRONMENT_CALLS for each in parts(child))
        if child.type == "interpolation" and not environment:
            return
        name += ENVIRONMENT if child.type == "interpolation" else text(child)
    if not set(name) & set("*?["):
        yield Unknown(reason=f"it imports {name}, which is not there", source=source.place(node))


def _pattern(folder: PurePosixPath, node: Node) -> re.Pattern[str]:
    """Turn the path in a string into an expression over paths of the tree."""
    written = ""
    for child in parts(node):
        if child.type != "interpolation":
            written += text(child)
        elif any(call_name(each) in ENVIRONMENT_CALLS for each in parts(child)):
            written += _IN_PLACE_OF_ENVIRONMENT
        else:
            written += _IN_PLACE_OF_ANYTHING
    place = re.escape(posixpath.normpath(posixpath.join(folder, written)))
    place = place.replace(re.escape(_IN_PLACE_OF_ENVIRONMENT), "(?P<environment>[^/]+)", 1)
    for written_as, matches in (
        (_IN_PLACE_OF_ENVIRONMENT, "(?P=environment)"),
        (_IN_PLACE_OF_ANYTHING, "[^/]*"),
        ("**/", "(?:.*/)?"),
        ("*", "[^/]*"),
        ("?", "[^/]"),
    ):
        place = place.replace(re.escape(written_as), matches)
    return re.compile(place)
