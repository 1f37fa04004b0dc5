"""Bytes of an image that everybody pulls and no container sees. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from imagekit.engine.images import Entry


def buried(entries: Iterable[Entry], visible: Mapping[str, Entry]) -> dict[str, int]:
    """Give the files that a later layer stores again or removes, each with its bytes; sorted.

    Args:
        visible: the final file system, as `files.visible` gives it.
    """
    found: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.size and not entry.whiteout and visible.get(entry.name) is not entry:
            found[entry.name] += entry.size
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
