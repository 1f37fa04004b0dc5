"""An image that was measured once is not read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from imagekit.build.known_images import describe_image
from imagekit.engine.images import ImageStore
from imagekit.image import Image, ImageConfig, Layer, LayerGroup


@dataclass
class Store:
    """Counts how often an image is read."""

    read: list[str] = field(default_factory=list)
    told: list[tuple[Layer, ...]] = field(default_factory=list)
    """The layers of which was told that they are known."""

    def inspect(self, reference: str, *, measured: Iterable[Layer]) -> Image:
        self.read.append(reference)
        self.told.append(tuple(measured))
        return image(reference)


def image(reference: str) -> Image:
    layer = Layer(
        group=LayerGroup.DEPS,
        digest=None,
        diff_id="sha256:d",
        unpacked_bytes=9,
        compressed_bytes=4,
        created_by='COPY "ü"',
    )
    config = ImageConfig(user="65532", entrypoint=("/a",), environment={"LANG": "C.UTF-8"})
    return Image(
        reference=reference,
        digest="sha256:m",
        platform="linux/amd64",
        config=config,
        layers=(layer,),
    )


def described(store: Store, image_id: str, cache: Path) -> Image:
    known: Any = cast("ImageStore", store)
    return describe_image(known, image_id, {"XDG_CACHE_HOME": str(cache)})


def test_it_is_read_once_and_told_equal_ever_after(tmp_path: Path) -> None:
    store = Store()
    first = described(store, "sha256:1", tmp_path)
    assert described(store, "sha256:1", tmp_path) == first == image("sha256:1")
    assert described(store, "sha256:2", tmp_path) == image("sha256:2")
    assert store.read == ["sha256:1", "sha256:2"]


def test_the_layers_of_the_images_before_it_are_known(tmp_path: Path) -> None:
    store = Store()
    for number in range(30):
        described(store, f"sha256:{number}", tmp_path)
    assert [len(layers) for layers in store.told] == [*range(20), *[20] * 10]
    assert set(store.told[-1]) == set(image("sha256:1").layers)


def test_what_is_damaged_is_measured_again(tmp_path: Path) -> None:
    store = Store()
    first = described(store, "sha256:1", tmp_path)
    (file,) = (tmp_path / "imagekit" / "images").iterdir()
    file.write_text(file.read_text()[:-20])
    assert described(store, "sha256:1", tmp_path) == first
    assert store.read == ["sha256:1", "sha256:1"]
    assert described(store, "sha256:1", tmp_path) == first
    assert len(store.read) == 2


def test_a_folder_that_cannot_be_written_to_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "imagekit").write_text("no folder")
    assert described(Store(), "sha256:1", tmp_path) == image("sha256:1")


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    store = Store()
    for number in range(210):
        described(store, f"sha256:{number}", tmp_path)
    assert len(list((tmp_path / "imagekit" / "images").iterdir())) == 200
