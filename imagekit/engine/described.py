"""An image as its archive describes it: the one for a platform, its config, its layers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from imagekit.engine.archive import StoredImage, StoredLayer
from imagekit.engine.layers import Entry
from imagekit.image import Image, ImageConfig, Layer, LayerGroup

LAYERS_LABEL: Final = "dev.imagekit.layers"
"""Image label: the groups of its last layers, bottom first, comma-separated."""
_GROUPS: Final = frozenset(group.value for group in LayerGroup)


@dataclass(frozen=True, kw_only=True)
class ImageContents:
    """An image with every entry of its layers, bottom layer first, in tar order."""

    image: Image
    entries: tuple[Entry, ...]
    files: Mapping[tuple[int, str], bytes]
    """Bytes of the files that were asked for, by layer and name."""
    examined: Mapping[tuple[int, str], object]
    """What was remembered of the files that were examined, by layer and name."""


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
    config = config_of(stored.config)
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


def config_of(document: Mapping[str, Any]) -> ImageConfig:
    """Read the config of an image document, as it is stored and as engines show it."""
    config = document.get("config") or {}
    pairs = (str(line).partition("=") for line in config.get("Env") or ())
    return ImageConfig(
        user=str(config.get("User") or ""),
        entrypoint=tuple(map(str, config.get("Entrypoint") or ())),
        command=tuple(map(str, config.get("Cmd") or ())),
        environment={name: value for name, _, value in pairs},
        labels={str(key): str(value) for key, value in (config.get("Labels") or {}).items()},
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or ())),
        volumes=tuple(sorted(config.get("Volumes") or ())),
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
