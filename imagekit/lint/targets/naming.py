"""What a file's name says it is for."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_NOT_SHIPPED: Final = frozenset(
    {"ci", "dev", "devcontainer", "development", "e2e", "local", "test", "tests"}
)


def is_for_development(file: str) -> bool:
    """Tell whether the name of a file, or of its folder, speaks of development or tests.

    `Dockerfile.dev`, `test.Dockerfile` and `.devcontainer/Dockerfile` do.
    """
    path = PurePosixPath(file)
    words = re.split(r"[^a-z0-9]+", f"{path.parent.name}/{path.name}".lower())
    return not _NOT_SHIPPED.isdisjoint(words)
