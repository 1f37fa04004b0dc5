"""Images that were measured before, kept in the user's cache folder.

An image's id is its content: what was measured once needs no reading of all its layers again,
which takes longer than a build in which nothing changed. Nor do the layers that it has in common
with the images before it, which after an edit are all but one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from imagekit.build.user_cache import user_cache
from imagekit.engine.images import ImageStore
from imagekit.image import Image, Layer

_KEPT: Final = 200
"""So many images are remembered, those of the last builds."""
_RELATED: Final = 20
"""Of so many of them the layers are looked at."""
_IMAGE: Final = TypeAdapter(Image)


def describe_image(store: ImageStore, image_id: str, environment: Mapping[str, str]) -> Image:
    """Describe an image as `ImageStore.inspect` does; read its layers only when it is a new one.

    Raises:
        ImageNotFound: the engine does not have it.
        EngineLost: the engine does not answer, or what it gave is no image.
    """
    file = _file(image_id, environment)
    if file is None:
        return store.inspect(image_id)
    known = _recall(file)
    if known is not None:
        return known
    image = store.inspect(image_id, measured=_layers(file.parent))
    _keep(file, image)
    return image


def _layers(folder: Path) -> Iterator[Layer]:
    """Give the layers of the images that were measured last."""
    for each in _by_time(folder)[-_RELATED:]:
        image = _recall(each)
        if image is not None:
            yield from image.layers


def _by_time(folder: Path) -> list[Path]:
    """Give what is remembered, the oldest first; one that another build drops meanwhile is not."""
    times = {}
    for file in folder.glob("*.json"):
        with suppress(OSError):
            times[file] = file.stat().st_mtime
    return sorted(times, key=lambda file: times[file])


def _file(image_id: str, environment: Mapping[str, str]) -> Path | None:
    cache = user_cache(environment)
    if cache is None:
        return None
    # The form of what is kept is in the name: another version of imagekit looks elsewhere.
    form = hashlib.sha256(repr(_IMAGE.json_schema()).encode()).hexdigest()[:8]
    name = hashlib.sha256(image_id.encode()).hexdigest()
    return cache / "images" / f"{form}-{name}.json"


def _recall(file: Path) -> Image | None:
    try:
        return _IMAGE.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(file: Path, image: Image) -> None:
    """Write it, and forget the oldest; a folder that cannot be written to fails no build."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place: two builds at once leave one of both, whole.
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_bytes(_IMAGE.dump_json(image))
        draft.replace(file)
        for each in _by_time(file.parent)[:-_KEPT]:
            each.unlink(missing_ok=True)
