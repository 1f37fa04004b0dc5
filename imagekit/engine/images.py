"""The engine's image store: what an image holds, its names, its way to a registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from imagekit.engine.archive import StoredImage, StoredLayer, read_archive
from imagekit.engine.causes import registry_cause
from imagekit.engine.client import Engine
from imagekit.engine.layers import KEPT_BYTES, Entry, EntryKind, Examine, Fingerprint
from imagekit.errors import (
    BaseImageNotFound,
    EngineLost,
    EngineRefused,
    ImageNotFound,
    RegistryUnanswered,
)
from imagekit.image import Image, ImageConfig, Layer, LayerGroup
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

_GROUPS: Final = frozenset(group.value for group in LayerGroup)
_PUSHED: Final = re.compile(r": digest: (sha256:[0-9a-f]{64}) size: ")
LAYERS_LABEL: Final = "dev.imagekit.layers"
"""Image label: the groups of its last layers, bottom first, comma-separated."""


@dataclass(frozen=True, kw_only=True)
class ImageContents:
    """An image with every entry of its layers, bottom layer first, in tar order."""

    image: Image
    entries: tuple[Entry, ...]
    files: Mapping[tuple[int, str], bytes]
    """Bytes of the files that were asked for, by layer and name."""
    examined: Mapping[tuple[int, str], object]
    """What was remembered of the files that were examined, by layer and name."""


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

    def inspect(self, reference: str, *, platform: str | None = None) -> Image:
        """Describe an image: its config and its layers.

        Raises:
            ImageNotFound: the engine does not have it (for that platform).
            EngineLost: the engine does not answer, or what it gave is no image.
        """
        return self.contents(reference, platform=platform).image

    def identify(self, reference: str) -> Image:
        """Give what is known of an image without reading it: its id.

        Raises:
            ImageNotFound: the engine does not have it.
        """
        return Image(
            reference=reference,
            digest=self._id(reference),
            platform=self.engine.info.platform,
            config=ImageConfig(),
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

    def push(self, reference: str) -> str | None:
        """Push; give the digest the registry has it under, where the engine tells.

        Raises:
            RegistryUnanswered: the registry does not answer.
            EngineLost: the push was refused.
        """
        name = Reference.parse(reference)
        during = f"the push of {reference}"
        digest: str | None = None
        with self.engine.calls(during) as api:
            for answer in api.push(name.name, tag=name.tag or "latest", stream=True, decode=True):
                if "error" in answer:
                    problem = str(answer["error"])
                    if registry_cause(problem) == "unanswered":
                        raise RegistryUnanswered(during=during, output=(problem,))
                    raise EngineRefused(during=during, problem=problem)
                # The classic store tells it apart, the containerd store in a sentence.
                told = _PUSHED.search(str(answer.get("status", "")))
                digest = (answer.get("aux") or {}).get("Digest") or (told[1] if told else digest)
        return digest

    def pull(self, reference: str) -> None:
        """Have the engine fetch an image, from its mirror or the registry.

        Raises:
            BaseImageNotFound: the registry answered and does not have it.
            RegistryUnanswered: it did not answer.
            EngineRefused: the engine would not.
        """
        import docker.errors  # noqa: PLC0415

        name = Reference.parse(reference)
        during = f"the pull of {reference}"
        problem: str | None = None
        with self.engine.calls(during) as api:
            try:
                for answer in api.pull(
                    name.name,
                    tag=name.digest or name.tag or "latest",
                    stream=True,
                    decode=True,
                ):
                    problem = answer.get("error") or problem
            except docker.errors.APIError as err:
                problem = str(err.explanation or err)
        if problem is None:
            return
        match registry_cause(problem):
            case "unanswered":
                raise RegistryUnanswered(during=during, output=(problem,))
            case "missing":
                raise BaseImageNotFound(reference=reference, problem=problem)
            case None:
                raise EngineRefused(during=during, problem=problem)

    def resolve_digest(self, reference: Reference) -> Reference:
        """Pin a reference to the digest the registry, or the engine's mirror, has for it now.

        The engine asks, so that its mirrors and its credentials count.

        Raises:
            BaseImageNotFound: the registry answered and does not have it.
            RegistryUnanswered: it did not answer.
        """
        import docker.errors  # noqa: PLC0415

        if reference.digest is not None:
            return reference
        during = f"resolving {reference}"
        asked = replace(reference, tag=reference.tag or "latest")
        with self.engine.calls(during) as api:
            try:
                answer = api.inspect_distribution(str(asked))
            except docker.errors.APIError as err:
                problem = str(err.explanation or err)
                if registry_cause(problem) == "unanswered":
                    raise RegistryUnanswered(during=during, output=(problem,)) from err
                raise BaseImageNotFound(reference=str(reference), problem=problem) from err
        return replace(reference, digest=str(answer["Descriptor"]["digest"]))

    def _id(self, reference: str) -> str:
        import docker.errors  # noqa: PLC0415

        with self.engine.calls("looking at an image") as api:
            try:
                return str(api.inspect_image(reference)["Id"])
            except docker.errors.NotFound:
                raise ImageNotFound(reference=reference) from None

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


def choose(stored: tuple[StoredImage, ...], platform: str | None, own: str) -> StoredImage | None:
    """Choose by platform: the one asked for; unasked, the engine's own, else the first."""
    if platform is not None:
        return next((image for image in stored if _runs_on(image.platform, platform)), None)
    fitting = (image for image in stored if _runs_on(image.platform, own))
    return next(fitting, next(iter(stored), None))


def describe(
    stored: StoredImage, reference: str, image_id: str, *, registry_form: bool
) -> ImageContents:
    """Make values of what was read. `registry_form`: the layers are as a registry has them."""
    config = _config(stored.config)
    groups = layer_groups(config.labels.get(LAYERS_LABEL, ""), len(stored.layers))
    created_by = _created_by(stored.config, len(stored.layers))
    layers = tuple(
        _layer(layer, group, text, registry_form=registry_form)
        for layer, group, text in zip(stored.layers, groups, created_by, strict=True)
    )
    return ImageContents(
        image=Image(
            reference=reference,
            digest=(stored.manifest_digest if registry_form else None) or image_id,
            platform=stored.platform,
            config=config,
            layers=layers,
        ),
        entries=tuple(
            replace(entry, layer=number)
            for number, layer in enumerate(stored.layers)
            for entry in layer.tar.entries
        ),
        files={
            (number, name): content
            for number, layer in enumerate(stored.layers)
            for name, content in layer.tar.files.items()
        },
        examined={
            (number, name): seen
            for number, layer in enumerate(stored.layers)
            for name, seen in layer.tar.examined.items()
        },
    )


def layer_groups(label: str, count: int) -> tuple[LayerGroup, ...]:
    """Give each layer's group: the label names those of the last ones, the others are `os`.

    A label that does not fit, of an image that is not ours, counts as none.
    """
    names = [name.strip() for name in label.split(",")] if label else []
    if len(names) > count or any(name not in _GROUPS for name in names):
        names = []
    return (LayerGroup.OS,) * (count - len(names)) + tuple(map(LayerGroup, names))


def _layer(
    stored: StoredLayer, group: LayerGroup, created_by: str, *, registry_form: bool
) -> Layer:
    compressed = stored.tar.gzip_bytes
    return Layer(
        group=group,
        digest=stored.digest if registry_form else None,
        diff_id=stored.diff_id,
        unpacked_bytes=stored.tar.unpacked_bytes,
        compressed_bytes=stored.stored_bytes if compressed is None else compressed,
        created_by=created_by,
    )


def _config(document: Mapping[str, Any]) -> ImageConfig:
    config = document.get("config") or {}
    pairs = (str(line).partition("=") for line in config.get("Env") or ())
    return ImageConfig(
        user=str(config.get("User") or ""),
        entrypoint=tuple(map(str, config.get("Entrypoint") or ())),
        command=tuple(map(str, config.get("Cmd") or ())),
        environment={name: value for name, _, value in pairs},
        labels={str(key): str(value) for key, value in (config.get("Labels") or {}).items()},
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or ())),
        stop_signal=config.get("StopSignal"),
        working_directory=str(config.get("WorkingDir") or ""),
    )


def _created_by(document: Mapping[str, Any], count: int) -> tuple[str, ...]:
    lines = tuple(
        str(step.get("created_by") or step.get("comment") or "")
        for step in document.get("history") or ()
        if not step.get("empty_layer")
    )
    # A history that does not tell of every layer cannot be matched with them.
    return lines if len(lines) == count else ("",) * count


def _runs_on(platform: str, wanted: str) -> bool:
    return platform == wanted or (wanted.count("/") == 1 and platform.startswith(f"{wanted}/"))


def _nothing(_name: str) -> bool:
    return False
