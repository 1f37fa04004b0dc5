"""Private Hex repositories, as the one build secret that `scripts/with-network` reads."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imagekit.settings.schema.build import HexRepository

NO_KEY: Final = "-"
"""Stands where a repository asks for none."""


def repositories_text(repositories: Mapping[str, HexRepository], files: Mapping[str, Path]) -> str:
    """Write one line for each: its name, URL, public key in base64, and key if it has one.

    Args:
        repositories: by the name that `repo:` gives in mix.exs.
        files: the files that `NAME.public_key` and `NAME.key` stand for.

    No field can hold what separates them: the schema refuses white space in names and URLs.
    """
    lines = []
    for name, repository in sorted(repositories.items()):
        public_key = base64.b64encode(files[f"{name}.public_key"].read_bytes()).decode()
        key = files.get(f"{name}.key")
        secret = NO_KEY if key is None else read_key(key)
        lines.append(f"{name} {repository.url} {public_key} {secret}\n")
    return "".join(lines)


def read_key(path: Path) -> str:
    """Read a key that stands alone in a file; an empty file has none."""
    return "".join(path.read_text(encoding="utf-8", errors="replace").split()) or NO_KEY
