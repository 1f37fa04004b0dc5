"""Image archives of every layout."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from imagekit.engine.archive import StoredImage, read_archive

from .fakes import chunks
from .tars import OciLayout, config, files, gzipped, member, sha256, tar

BOTTOM, TOP = files({"etc/os": b"debian"}), files({"app/x": b"1", "app/COOKIE": b"secret"})


def read(archive: bytes, *keep: str, size: int = 999) -> tuple[StoredImage, ...]:
    return read_archive(chunks(archive, size), keep=lambda name: name in keep)


def names(image: StoredImage) -> list[list[str]]:
    return [[entry.name for entry in layer.tar.entries] for layer in image.layers]


@pytest.mark.parametrize("size", [1, 512, 10_000_000])
def test_compressed_blobs(size: int) -> None:
    layout = OciLayout()
    descriptor = layout.image([BOTTOM, TOP])
    (image,) = read(layout.archive(), "app/COOKIE", size=size)
    assert image.manifest_digest == descriptor["digest"]
    assert image.platform == "linux/amd64"
    assert names(image) == [["etc/os"], ["app/x", "app/COOKIE"]]
    assert [layer.digest for layer in image.layers] == [
        sha256(gzipped(BOTTOM)),
        sha256(gzipped(TOP)),
    ]
    assert [layer.diff_id for layer in image.layers] == [sha256(BOTTOM), sha256(TOP)]
    assert [layer.stored_bytes for layer in image.layers] == [
        len(gzipped(BOTTOM)),
        len(gzipped(TOP)),
    ]
    assert image.layers[1].tar.files == {"app/COOKIE": b"secret"}


def test_plain_blobs() -> None:
    layout = OciLayout()
    layout.image([BOTTOM, TOP], pack=bytes)
    (image,) = read(layout.archive())
    assert [layer.tar.compression for layer in image.layers] == [None, None]


def test_one_layer_twice() -> None:
    layout = OciLayout()
    layout.image([BOTTOM, TOP, BOTTOM])
    (image,) = read(layout.archive())
    assert names(image) == [["etc/os"], ["app/x", "app/COOKIE"], ["etc/os"]]


@pytest.mark.parametrize("pack", [gzipped, bytes])
def test_a_layer_that_was_measured_is_not_read(pack: Callable[[bytes], bytes]) -> None:
    layout = OciLayout()
    layout.image([BOTTOM, TOP], pack=pack)
    told = replace(read(layout.archive())[0].layers[0].tar, entries=(), unpacked_bytes=7)
    known = {sha256(pack(BOTTOM)): told, sha256(b"another"): told}
    (image,) = read_archive(chunks(layout.archive(), 999), keep=lambda _: False, measured=known)
    assert names(image) == [[], ["app/x", "app/COOKIE"]]
    assert image.layers[0].tar is told
    assert image.layers[0].stored_bytes == len(pack(BOTTOM))


def test_a_layer_that_looks_like_a_document() -> None:
    """Its first member's name begins the tar."""
    layout = OciLayout()
    layout.image([files({"{}": b""})], pack=bytes)
    (image,) = read(layout.archive())
    assert names(image) == [["{}"]]


def test_several_platforms_and_an_attestation() -> None:
    layout = OciLayout()
    amd = layout.image([BOTTOM], listed=False)
    arm = layout.image([TOP], listed=False, architecture="arm64", variant="v8")
    note = layout.blob(b'{"config": {}, "layers": []}')
    note["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    absent = {"digest": sha256(b"not in this store"), "size": 1}
    index = layout.blob(json.dumps({"manifests": [amd, absent, arm, note]}).encode())
    layout.index.append(index)
    images = read(layout.archive())
    assert [image.platform for image in images] == ["linux/amd64", "linux/arm64/v8"]


def test_the_layout_of_older_engines() -> None:
    """A folder a layer; one that repeats is a link; there is no index."""
    manifest = [{"Config": "c.json", "Layers": ["1/layer.tar", "2/layer.tar", "3/layer.tar"]}]
    archive = tar(
        [
            (member("1/VERSION"), b"1.0"),
            (member("1/json"), b"{}"),
            (member("1/layer.tar"), BOTTOM),
            (member("2/layer.tar"), TOP),
            (member("3/layer.tar", type=tarfile.SYMTYPE, linkname="../1/layer.tar"), b""),
            (member("c.json"), config([BOTTOM, TOP, BOTTOM])),
            (member("manifest.json"), json.dumps(manifest).encode()),
            (member("repositories"), b"{}"),
        ]
    )
    (image,) = read(archive)
    assert image.manifest_digest is None
    assert [layer.digest for layer in image.layers] == [None, None, None]
    assert names(image) == [["etc/os"], ["app/x", "app/COOKIE"], ["etc/os"]]


@pytest.mark.parametrize(
    "index",
    [b"[]", b"{}", b'{"manifests": [{}]}', b'{"manifests": [{"digest": "sha256:0"}]}', b"no"],
)
def test_an_archive_without_an_image(index: bytes) -> None:
    assert read(files({"index.json": index})) == ()


def test_an_image_that_lacks_a_layer_is_none() -> None:
    layout = OciLayout()
    layout.image([BOTTOM, TOP])
    del layout.blobs[f"blobs/{sha256(gzipped(TOP)).replace(':', '/')}"]
    assert read(layout.archive()) == ()


@pytest.mark.parametrize("cut", [0, 100, 700])
def test_an_archive_that_breaks_off_in_a_member(cut: int) -> None:
    layout = OciLayout()
    layout.image([BOTTOM, TOP])
    with pytest.raises(tarfile.TarError):
        read(layout.archive()[:cut])


def test_an_archive_that_breaks_off_between_members_has_no_image() -> None:
    layout = OciLayout()
    layout.image([BOTTOM, TOP])
    assert read(layout.archive()[:1024]) == ()
