"""The engine's image store: what an image holds, and its names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from imagekit.engine.archive import StoredImage, read_archive
from imagekit.engine.client import Engine
from imagekit.engine.described import ImageContents, choose, config_of, describe
from imagekit.engine.layers import (
    KEPT_BYTES,
    Entry,
    EntryKind,
    Examine,
    Fingerprint,
    LayerTar,
)
from imagekit.errors import (
    EngineLost,
    EngineRefused,
    ImageNotFound,
)
from imagekit.image import Image, Layer
from imagekit.refs import Reference

__all__ = [
    "KEPT_BYTES",
    "Entry",
    "EntryKind",
    "Examine",
    "ImageContents",
    "ImageFingerprints",
    "ImageStore",
]


@dataclass(frozen=True, kw_only=True)
class ImageFingerprints:
    """An image with the fingerprint of every member of its layers, bottom layer first."""

    image: Image
    config: Mapping[str, Any]
    """The OCI image config as it is stored."""
    layers: tuple[Mapping[str, Fingerprint], ...]


@dataclass(frozen=True, kw_only=True)
class ImageStore:
    """The images of an engine. Remembers what it read last: an image id is its content."""

    engine: Engine
    _read: dict[tuple[str, str | None], ImageContents] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def inspect(
        self, reference: str, *, platform: str | None = None, measured: Iterable[Layer] = ()
    ) -> Image:
        """Describe an image: its config and its layers.

        `measured` are layers that were described before, of any image: they are not read again.

        Raises:
            ImageNotFound: the engine does not have it (for that platform).
            EngineLost: the engine does not answer, or what it gave is no image.
        """
        known = dict(self._measured(measured))
        if not known:
            return self.contents(reference, platform=platform).image

        def read(chunks: Iterable[bytes], measure_gzip: bool) -> tuple[StoredImage, ...]:
            return read_archive(chunks, keep=_nothing, measure_gzip=measure_gzip, measured=known)

        return self._save(reference, self._id(reference), platform, read).image

    def identify(self, reference: str) -> Image:
        """Give what is known of an image without reading it: its id and its config.

        The config is that of the platform which the engine would run.

        Raises:
            ImageNotFound: the engine does not have it.
        """
        told = self._inspected(reference)
        return Image(
            reference=reference,
            digest=str(told["Id"]),
            platform=self.engine.info.platform,
            config=config_of({"config": told.get("Config")}),
            layers=(),
        )

    def contents(
        self,
        reference: str,
        *,
        platform: str | None = None,
        keep: Callable[[str], bool] | None = None,
        examine: Examine | None = None,
    ) -> ImageContents:
        """Read all layers, once.

        `keep` chooses by name the files to keep the bytes of, up to 1 MiB each;
        `examine` looks at all others, of whatever size, while they pass.

        Raises:
            ImageNotFound: the engine does not have it (for that platform).
            EngineLost: the engine does not answer, or what it gave is no image.
        """
        key = (self._id(reference), platform)
        if key not in self._read or keep is not None or examine is not None:

            def read(chunks: Iterable[bytes], measure_gzip: bool) -> tuple[StoredImage, ...]:
                chosen = keep or _nothing
                return read_archive(chunks, keep=chosen, examine=examine, measure_gzip=measure_gzip)

            self._read.clear()
            self._read[key] = self._save(reference, key[0], platform, read)
        known = self._read[key]
        return replace(known, image=replace(known.image, reference=reference))

    def fingerprints(self, reference: str) -> ImageFingerprints:
        """Read all by which two builds of an image can differ.

        Raises:
            ImageNotFound: the engine does not have it.
            EngineLost: the engine does not answer, or what it gave is no image.
        """
        image_id = self._id(reference)

        def read(chunks: Iterable[bytes], measure_gzip: bool) -> tuple[StoredImage, ...]:
            return read_archive(chunks, keep=_nothing, measure_gzip=measure_gzip, fingerprint=True)

        stored = self._stored(reference, None, read)
        form = self.engine.info.containerd_store
        return ImageFingerprints(
            image=describe(stored, reference, image_id, registry_form=form).image,
            config=stored.config,
            layers=tuple(layer.tar.fingerprints for layer in stored.layers),
        )

    def exists(self, reference: str) -> bool:
        """Whether the engine has it."""
        try:
            self._id(reference)
        except ImageNotFound:
            return False
        return True

    def tag(self, image: str, reference: str) -> None:
        """Give an image, named by id or reference, a further reference.

        Raises:
            ImageNotFound: the engine does not have it.
        """
        import docker.errors  # noqa: PLC0415

        name = Reference.parse(reference)
        with self.engine.calls("tagging an image") as api:
            try:
                api.tag(image, name.name, name.tag or "latest")
            except docker.errors.NotFound:
                raise ImageNotFound(reference=image) from None

    def remove(self, reference: str) -> None:
        """Take a reference away, and the image when it was the last; nothing if it is not there."""
        import docker.errors  # noqa: PLC0415

        with self.engine.calls("removing an image") as api:
            try:
                api.remove_image(reference)
            except docker.errors.NotFound:
                return

    def discard(self, image_id: str) -> None:
        """Remove an image that was built and is not wanted, unless a reference names it."""
        import docker.errors  # noqa: PLC0415

        with self.engine.calls("removing an image") as api:
            try:
                if not api.inspect_image(image_id).get("RepoTags"):
                    api.remove_image(image_id)
            except docker.errors.NotFound:
                return

    def load(self, archive: Path) -> None:
        """Read an image archive into the store."""
        with self.engine.calls("loading an image") as api, archive.open("rb") as stream:
            for answer in api.load_image(stream, quiet=True):
                if "error" in answer:
                    raise EngineRefused(during="loading an image", problem=str(answer["error"]))

    def _measured(self, layers: Iterable[Layer]) -> Iterator[tuple[str, LayerTar]]:
        """Give them by the digest that their blobs have in this store."""
        for layer in layers:
            if (layer.digest is not None) == self.engine.info.containerd_store:
                yield (
                    layer.digest or layer.diff_id,
                    LayerTar(
                        compression=None,
                        unpacked_bytes=layer.unpacked_bytes,
                        gzip_bytes=None if layer.digest else layer.compressed_bytes,
                        entries=(),
                        files={},
                        examined={},
                    ),
                )

    def _id(self, reference: str) -> str:
        return str(self._inspected(reference)["Id"])

    def _inspected(self, reference: str) -> Mapping[str, Any]:
        import docker.errors  # noqa: PLC0415

        with self.engine.calls("looking at an image") as api:
            try:
                told: Mapping[str, Any] = api.inspect_image(reference)
            except docker.errors.NotFound:
                raise ImageNotFound(reference=reference) from None
        return told

    def _save(
        self,
        reference: str,
        image_id: str,
        platform: str | None,
        read: Callable[[Iterable[bytes], bool], tuple[StoredImage, ...]],
    ) -> ImageContents:
        registry_form = self.engine.info.containerd_store
        stored = self._stored(reference, platform, read)
        return describe(stored, reference, image_id, registry_form=registry_form)

    def _stored(
        self,
        reference: str,
        platform: str | None,
        read: Callable[[Iterable[bytes], bool], tuple[StoredImage, ...]],
    ) -> StoredImage:
        import tarfile  # noqa: PLC0415
        import zlib  # noqa: PLC0415

        registry_form = self.engine.info.containerd_store
        during = f"reading the image {reference}"
        with self.engine.calls(during) as api:
            try:
                stored = read(api.get_image(reference), not registry_form)
            except (tarfile.TarError, EOFError, zlib.error) as err:
                raise EngineLost(during=during, problem=f"broken archive: {err}") from err
        if not stored:
            # An archive that breaks off between two members looks like a short one.
            raise EngineLost(during=during, problem="the archive holds no whole image")
        chosen = choose(stored, platform, self.engine.info.platform)
        if chosen is None:
            wanted = f"{reference} ({platform})" if platform else reference
            raise ImageNotFound(reference=wanted)
        return chosen


def _nothing(_name: str) -> bool:
    return False
