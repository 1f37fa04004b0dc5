"""Reads an image archive, as `docker save` writes it, in one pass and without keeping it.

Three layouts are one here: an OCI layout with compressed blobs (containerd image
store), an OCI layout with plain tars (Docker 25 and newer, classic store), and the
older `<id>/layer.tar` with `manifest.json` alone (Docker before 25, Podman).
Members come in any order, so every layer is read as it passes, and which of them
make up the image is decided at the end.
"""

from __future__ import annotations

import io
import json
import posixpath
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final, cast

from imagekit.engine.layers import Examine, LayerTar, Readable, read_layer

_DOCUMENT_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class StoredLayer:
    """A layer with its place in the archive. `digest` is `None` where no blob is named by one."""

    digest: str | None
    diff_id: str
    stored_bytes: int
    tar: LayerTar


@dataclass(frozen=True, kw_only=True)
class StoredImage:
    """One image of an archive."""

    manifest_digest: str | None
    config: Mapping[str, Any]
    layers: tuple[StoredLayer, ...]

    @property
    def platform(self) -> str:
        """`os/arch[/variant]`, as its config says."""
        parts = (self.config.get(key) for key in ("os", "architecture", "variant"))
        return "/".join(str(part) for part in parts if part)


def read_archive(
    chunks: Iterable[bytes],
    *,
    keep: Callable[[str], bool],
    examine: Examine | None = None,
    measure_gzip: bool = False,
    fingerprint: bool = False,
    measured: Mapping[str, LayerTar] | None = None,
) -> tuple[StoredImage, ...]:
    """Read every image of an archive, in the archive's order.

    Blobs whose digest is in `measured` pass by unread, and are what is given there.

    Raises:
        tarfile.TarError, OSError, EOFError: the archive is broken.
    """

    def layer(stream: Readable) -> LayerTar:
        return read_layer(
            stream, keep=keep, examine=examine, measure_gzip=measure_gzip, fingerprint=fingerprint
        )

    members = _Members(layer, {_blob(digest): tar for digest, tar in (measured or {}).items()})
    with tarfile.open(fileobj=cast("IO[bytes]", _ChunkReader(chunks)), mode="r|") as tar:
        for member in tar:
            name = posixpath.normpath(member.name)
            if member.issym():
                # Older archives hold a layer twice by a link: `../<id>/layer.tar`.
                members.links[name] = posixpath.normpath(
                    posixpath.join(posixpath.dirname(name), member.linkname)
                )
            elif member.islnk():
                members.links[name] = posixpath.normpath(member.linkname)
            elif member.isreg():
                content = tar.extractfile(member)
                if content is not None:
                    members.add(name, content, member.size)
    return tuple(members.images())


class _Members:
    """What passed by: documents by name, layers by name."""

    def __init__(
        self, read: Callable[[Readable], LayerTar], measured: Mapping[str, LayerTar]
    ) -> None:
        self._read = read
        self._measured = measured
        self.documents: dict[str, Any] = {}
        self.layers: dict[str, tuple[int, LayerTar]] = {}
        self.links: dict[str, str] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """Take a member: a JSON document, a layer, or something else, which is left out."""
        if name in self._measured:
            self.layers[name] = (size, self._measured[name])
            return
        stream: Readable = content
        if size <= _DOCUMENT_BYTES:
            raw = content.read()
            try:
                self.documents[name] = json.loads(raw)
            except ValueError:
                stream = io.BytesIO(raw)
            else:
                return
        try:
            self.layers[name] = (size, self._read(stream))
        except tarfile.ReadError:
            # `VERSION` of the old layout, and blobs that are neither (signatures, SBOMs).
            return

    def images(self) -> Iterator[StoredImage]:
        index = self.documents.get("index.json")
        found = list(self._of_index(index)) if isinstance(index, dict) else []
        yield from found or self._of_manifest_list(self.documents.get("manifest.json"))

    def _of_index(self, index: Mapping[str, Any]) -> Iterator[StoredImage]:
        for descriptor in index.get("manifests") or ():
            digest = str(descriptor.get("digest", ""))
            document = self.documents.get(_blob(digest))
            if not isinstance(document, dict) or _is_attestation(descriptor):
                continue  # another platform's, not in this store
            if "manifests" in document:
                yield from self._of_index(document)
                continue
            config = self.documents.get(_blob(str(document.get("config", {}).get("digest"))))
            digests = [str(layer.get("digest")) for layer in document.get("layers") or ()]
            image = self._image(digest, config, digests, [_blob(one) for one in digests])
            if image is not None:
                yield image

    def _of_manifest_list(self, manifests: object) -> Iterator[StoredImage]:
        for entry in manifests if isinstance(manifests, list) else ():
            names = [posixpath.normpath(str(name)) for name in entry.get("Layers") or ()]
            config = self.documents.get(posixpath.normpath(str(entry.get("Config"))))
            image = self._image(None, config, [None] * len(names), names)
            if image is not None:
                yield image

    def _image(
        self,
        digest: str | None,
        config: object,
        digests: Iterable[str | None],
        names: Iterable[str],
    ) -> StoredImage | None:
        found = [self.layers.get(self.links.get(name, name)) for name in names]
        if not isinstance(config, dict) or None in found:
            return None
        diff_ids = config.get("rootfs", {}).get("diff_ids") or ()
        return StoredImage(
            manifest_digest=digest,
            config=config,
            layers=tuple(
                StoredLayer(digest=blob, diff_id=str(diff_id), stored_bytes=layer[0], tar=layer[1])
                for blob, diff_id, layer in zip(digests, diff_ids, found, strict=False)
                if layer is not None
            ),
        )


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"


def _is_attestation(descriptor: Mapping[str, Any]) -> bool:
    # docs.docker.com/build/metadata/attestations/attestation-storage
    return "vnd.docker.reference.type" in (descriptor.get("annotations") or {})


class _ChunkReader:
    """Makes a stream of chunks readable by size."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""

    def read(self, size: int = -1, /) -> bytes:
        parts = [self._held]
        length = len(self._held)
        while size < 0 or length < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            length += len(chunk)
        whole = b"".join(parts)
        end = length if size < 0 else size
        self._held = whole[end:]
        return whole[:end]
