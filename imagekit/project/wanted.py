"""Which files detection reads; of all others it knows the name only."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

VERSION_FILES: Final = (".tool-versions", "mise.toml", ".mise.toml", ".nvmrc", ".node-version")
"""Files that say which toolchain to use, the first that answers winning."""

ALWAYS_READ: Final = VERSION_FILES
"""Read at the root even where `.dockerignore` leaves them out: builds do not need them, we do."""

_NAMES: Final = frozenset({"mix.exs", "mix.lock", "package.json"})
_SCRIPTS: Final = frozenset({".cjs", ".cts", ".js", ".json", ".jsx", ".mjs", ".mts", ".ts", ".tsx"})
_ENTRIES: Final = frozenset({("assets", "css"), ("assets", "js")})
"""Phoenix's folders of what a bundler starts from."""
_NOT_CONFIGURATION: Final = frozenset({"priv", "test"})


def is_bundled(path: PurePosixPath) -> bool:
    """Tell whether a file that is read is a script or style sheet, not a list of packages."""
    named = path.name in _NAMES or path.suffix == ".json"
    return not named and (path.suffix == ".css" or path.suffix in _SCRIPTS)


def is_wanted(path: PurePosixPath, beside: frozenset[str]) -> bool:
    """Tell whether detection may ask for the text of a file.

    Args:
        path: relative to the root.
        beside: the names in its folder.
    """
    if path.name in _NAMES:
        return True
    if path.suffix == ".exs":
        return _NOT_CONFIGURATION.isdisjoint(path.parts)
    if path.suffix == ".css" or path.suffix in _SCRIPTS:
        starts = path.parent.parts[-2:] in _ENTRIES
        return (starts or "package.json" in beside) and "lock" not in path.name
    return False
