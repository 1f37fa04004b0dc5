"""Says where a file of an image is: its path, and the layer if a later one hides it."""

from __future__ import annotations

from imagekit.engine.images import Entry
from imagekit.verify.facts import FileFacts


def where(entry: Entry, facts: FileFacts) -> str:
    """Write `/app/x`, or `/app/x (in layer 3 of 5, hidden by a later one, still pulled)`."""
    if facts.visible.get(entry.name) is entry:
        return f"/{entry.name}"
    place = f"layer {entry.layer + 1} of {len(facts.image.layers)}"
    return f"/{entry.name} (in {place}; a later one hides it, everybody still pulls it)"
