"""One layer, read once."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zlib
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.engine.layers import KEPT_BYTES, Entry, LayerTar, read_layer

from .tars import files, gzipped, member, tar


def read(data: bytes, *keep: str, measure_gzip: bool = False) -> LayerTar:
    return read_layer(io.BytesIO(data), keep=lambda name: name in keep, measure_gzip=measure_gzip)


EVERY_KIND = tar(
    [
        (member("./", type=tarfile.DIRTYPE, mode=0o755), b""),
        (member("./etc/passwd", uid=1, gid=2, mode=0o4755), b"root"),
        (member("bin/sh", type=tarfile.SYMTYPE, linkname="busybox"), b""),
        (member("bin/ls", type=tarfile.LNKTYPE, linkname="bin/busybox"), b""),
        (member("/dev/null", type=tarfile.CHRTYPE), b""),
        (member("run/fifo", type=tarfile.FIFOTYPE), b""),
        (member("tmp/.wh.gone"), b""),
        (member("var/.wh..wh..opq"), b""),
        (member(".wh..wh.plnk"), b""),
        (member("a" * 200 + "/ü"), b"12"),
    ]
)


def test_every_kind_of_member() -> None:
    layer = read(EVERY_KIND)
    shown = [(e.name, e.kind, e.target, e.size, e.whiteout, e.opaque) for e in layer.entries]
    assert shown == [
        (".", "directory", "", 0, False, False),
        ("etc/passwd", "file", "", 4, False, False),
        ("bin/sh", "symlink", "busybox", 0, False, False),
        ("bin/ls", "hardlink", "bin/busybox", 0, False, False),
        ("dev/null", "device", "", 0, False, False),
        ("run/fifo", "fifo", "", 0, False, False),
        ("tmp/gone", "file", "", 0, True, False),
        ("var", "file", "", 0, False, True),
        ("a" * 200 + "/ü", "file", "", 2, False, False),
    ]
    assert layer.unpacked_bytes == 6
    passwd = layer.entries[1]
    assert (passwd.uid, passwd.gid, passwd.mode) == (1, 2, stat.S_ISUID | 0o755)


def test_a_mark_that_names_nothing_is_a_file() -> None:
    (entry,) = read(files({"a/.wh.": b""})).entries
    assert (entry.name, entry.whiteout) == ("a/.wh.", False)


def test_chosen_files_are_kept() -> None:
    large = b"x" * (KEPT_BYTES + 1)
    layer = read(files({"a": b"1", "b": b"2", "large": large}), "a", "large", "no-such")
    assert layer.files == {"a": b"1"}


@pytest.mark.parametrize("pack", [gzipped, lambda data: gzipped(data[:700]) + gzipped(data[700:])])
def test_a_compressed_layer_is_the_same(pack: object) -> None:
    data = pack(EVERY_KIND)  # type: ignore[operator]
    assert read(data).entries == read(EVERY_KIND).entries
    assert read(data).compression == "gzip"
    assert read(EVERY_KIND).compression is None


def test_a_zstd_layer_is_the_same() -> None:
    zstd = pytest.importorskip("backports.zstd", reason="Python before 3.14 needs backports.zstd")
    layer = read(zstd.compress(EVERY_KIND))
    assert (layer.entries, layer.compression) == (read(EVERY_KIND).entries, "zstd")


def test_what_gzip_makes_of_a_layer() -> None:
    measured = read(EVERY_KIND, measure_gzip=True).gzip_bytes
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    assert measured == len(packer.compress(EVERY_KIND) + packer.flush())
    assert read(gzipped(EVERY_KIND), measure_gzip=True).gzip_bytes is None
    assert read(EVERY_KIND).gzip_bytes is None


def test_an_empty_layer() -> None:
    """What `WORKDIR /` makes: nothing but the end mark."""
    assert read(bytes(1024)).entries == ()
    assert read(gzipped(bytes(1024))).unpacked_bytes == 0


@pytest.mark.parametrize("data", [b"", b"1.0", b"{}", b"\0" * 10])
def test_no_layer(data: bytes) -> None:
    with pytest.raises(tarfile.TarError):
        read(data)


@pytest.mark.parametrize("data", [gzipped(EVERY_KIND)[:-20], EVERY_KIND[:200], EVERY_KIND[:1500]])
def test_a_broken_layer(data: bytes) -> None:
    with pytest.raises((tarfile.TarError, EOFError)):
        read(data)


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(st.dictionaries(names, st.binary(max_size=600), max_size=5), st.booleans())
def test_sizes_are_those_of_the_files(contents: dict[str, bytes], packed: bool) -> None:
    data = files(contents)
    layer = read(gzip.compress(data) if packed else data)
    assert layer.unpacked_bytes >= sum(e.size for e in layer.entries)
    assert len(layer.entries) <= len(contents)
    assert all(not entry.name.startswith("/") for entry in layer.entries)
    assert all(isinstance(entry, Entry) for entry in layer.entries)


def test_what_is_not_kept_is_examined_whatever_its_size() -> None:
    data = files({"kept": b"1", "large": b"x" * (KEPT_BYTES + 1), "other": b"23"})
    seen: list[tuple[str, int]] = []

    def examine(found: Entry, content: IO[bytes]) -> int | None:
        seen.append((found.name, found.size))
        return len(content.read()) if found.name == "large" else None

    layer = read_layer(io.BytesIO(data), keep=lambda name: name == "kept", examine=examine)
    assert seen == [("large", KEPT_BYTES + 1), ("other", 2)]
    assert layer.files == {"kept": b"1"}
    assert layer.examined == {"large": KEPT_BYTES + 1}
    assert [each.name for each in layer.entries] == ["kept", "large", "other"]
