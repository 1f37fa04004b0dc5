"""Few small files of an image, out of a container that is never started."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.scope import RunScope

Peek = Callable[[str], Mapping[str, bytes]]
"""Gives the regular files right below a folder (`/app/bin/.`), or a file, by name."""

_MOST_BYTES: Final = 4 * 2**20
"""More is no folder of scripts."""
_FILE_BYTES: Final = 2**16


@contextmanager
def peeking(scope: RunScope, reference: str) -> Iterator[Peek]:
    """Give what reads in the image; nothing of it runs.

    Raises:
        ImageNotFound: the engine does not have the image.
        EngineLost: the engine stopped answering.
    """
    # An image may name no command, and the engine makes no container without one.
    container = scope.create(ContainerSpec(image=reference, entrypoint=("-",)))
    try:
        yield lambda path: _files(container, path)
    finally:
        scope.remove(container)


def _files(container: Container, path: str) -> Mapping[str, bytes]:
    """Read them, each to 64 KiB; what is not there, or is too large in all, is empty."""
    import docker.errors  # noqa: PLC0415

    packed = bytearray()
    with container.engine.calls("looking into an image") as api:
        try:
            chunks, _ = api.get_archive(container.id, path)
        except docker.errors.APIError:
            return {}
        for chunk in chunks:
            packed += chunk
            if len(packed) > _MOST_BYTES:
                chunks.close()
                return {}
    return dict(_unpacked(bytes(packed)))


def _unpacked(packed: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            content = archive.extractfile(member) if member.isreg() and "/" not in name else None
            if content is not None:
                yield name, content.read(_FILE_BYTES)
