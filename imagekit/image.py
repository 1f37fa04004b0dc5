"""Values that describe an image: what an engine stores and a registry would receive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LayerGroup(StrEnum):
    """Layers by rate of change, slowest first."""

    OS = "os"
    ERTS = "erts"
    DEPS = "deps"
    ASSETS = "assets"
    APP = "app"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One filesystem layer.

    `digest` and `compressed_bytes` are those of the blob as a registry would
    store it. An engine without the containerd image store does not keep that
    blob: there `digest` is `None` and the size is what gzip makes of the layer.
    """

    group: LayerGroup
    digest: str | None
    diff_id: str
    unpacked_bytes: int
    compressed_bytes: int
    created_by: str = ""


@dataclass(frozen=True, kw_only=True)
class ImageConfig:
    """The part of an OCI image config that says how the image runs."""

    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None
    working_directory: str = ""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image in an engine's store.

    `digest` is the manifest's (`sha256:...`) where the engine keeps manifests,
    else the image id.
    """

    reference: str
    digest: str
    platform: str
    config: ImageConfig
    layers: tuple[Layer, ...]

    @property
    def unpacked_bytes(self) -> int:
        """Sum of the sizes of the regular files in all layers."""
        return sum(layer.unpacked_bytes for layer in self.layers)

    @property
    def compressed_bytes(self) -> int:
        """What a registry would receive for an empty repository."""
        return sum(layer.compressed_bytes for layer in self.layers)
