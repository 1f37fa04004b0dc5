"""Reads one layer: a tar, plain or compressed, from a stream that is read once."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Final, Literal, Protocol, cast

Compression = Literal["gzip", "zstd"]
EntryKind = Literal["file", "directory", "symlink", "hardlink", "device", "fifo"]

KEPT_BYTES: Final = 1024 * 1024
"""Files above this size are not kept."""
_GZIP_LEVEL: Final = 6
_CHUNK: Final = 1024 * 1024
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_MAGIC: Final[Mapping[bytes, Compression]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One member of a layer's tar."""

    layer: int
    """Index into `Image.layers`, bottom first."""
    name: str
    """Path without a leading `/` or `./`; the root is `.`; a whiteout's is what it deletes."""
    kind: EntryKind
    mode: int
    """Permission bits with setuid, setgid and sticky."""
    uid: int
    gid: int
    size: int
    target: str
    """What a symlink or hardlink points to, else empty."""
    whiteout: bool
    """Whether it deletes `name` of the layers below (`.wh.name`)."""
    opaque: bool
    """Whether it hides what the layers below have in the directory `name` (`.wh..wh..opq`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fingerprint:
    """All by which two builds can differ in one member of a layer's tar."""

    kind: EntryKind
    mode: int
    uid: int
    gid: int
    mtime: int
    target: str
    content: str
    """SHA-256 of a file, else empty."""


@dataclass(frozen=True, kw_only=True)
class LayerTar:
    """A layer that was read. Its entries' `layer` is 0."""

    compression: Compression | None
    unpacked_bytes: int
    """Sum of the sizes of its regular files."""
    gzip_bytes: int | None
    """What gzip makes of it; only told of a plain tar, and only when asked for."""
    entries: tuple[Entry, ...]
    files: Mapping[str, bytes]
    examined: Mapping[str, object]
    """What `examine` made of files, by name."""
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
    """By name as the tar has it, whiteouts included; empty unless they were asked for."""


Examine = Callable[[Entry, IO[bytes]], object | None]
"""Looks at a regular file while it passes, once and of whatever size; gives what to remember."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes; none at the end."""
        ...


def read_layer(
    stream: Readable,
    *,
    keep: Callable[[str], bool],
    examine: Examine | None = None,
    measure_gzip: bool = False,
    fingerprint: bool = False,
) -> LayerTar:
    """Read a layer; keep the bytes of the files whose name `keep` chooses.

    The other files go by `examine`, in the order of the tar.

    Raises:
        tarfile.TarError, OSError, EOFError: this is no layer, or a broken one.
    """
    front = _FrontReader(stream)
    compression = front.compression
    with _decompressed(front, compression) as plain:
        counted = _GzipCounter(plain) if measure_gzip and compression is None else None
        entries: list[Entry] = []
        files: dict[str, bytes] = {}
        examined: dict[str, object] = {}
        fingerprints: dict[str, Fingerprint] = {}
        unpacked = 0
        source = cast("IO[bytes]", counted or plain)
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                entry = _entry(member)
                if entry is None:
                    continue
                entries.append(entry)
                unpacked += member.size if member.isreg() else 0
                if fingerprint:
                    content = tar.extractfile(member) if member.isreg() else None
                    fingerprints[member.name] = _fingerprint(member, content)
                    continue
                content = tar.extractfile(member) if entry.kind == "file" else None
                if content is None:
                    continue
                if entry.size <= KEPT_BYTES and keep(entry.name):
                    files[entry.name] = content.read()
                elif examine is not None and (seen := examine(entry, content)) is not None:
                    examined[entry.name] = seen
        # tarfile stops at the end mark; the padding behind it belongs to the layer.
        while source.read(_CHUNK):
            pass
    return LayerTar(
        compression=compression,
        unpacked_bytes=unpacked,
        gzip_bytes=None if counted is None else counted.finish(),
        entries=tuple(entries),
        files=files,
        examined=examined,
        fingerprints=fingerprints,
    )


def _fingerprint(member: tarfile.TarInfo, content: IO[bytes] | None) -> Fingerprint:
    digest = hashlib.sha256()
    while content is not None and (chunk := content.read(_CHUNK)):
        digest.update(chunk)
    return Fingerprint(
        kind=_kind(member),
        mode=member.mode & 0o7777,
        uid=member.uid,
        gid=member.gid,
        mtime=int(member.mtime),
        target=member.linkname if member.issym() or member.islnk() else "",
        content="" if content is None else digest.hexdigest(),
    )


def _entry(member: tarfile.TarInfo) -> Entry | None:
    path = PurePosixPath("/", member.name).relative_to("/")
    whiteout = path.name.startswith(_WHITEOUT) and path.name != _WHITEOUT
    opaque = path.name == _OPAQUE
    if opaque:
        path = path.parent
    elif path.name.startswith(_WHITEOUT * 2):
        return None  # aufs' own bookkeeping: OCI image specification, layer.md
    elif whiteout:
        path = path.with_name(path.name.removeprefix(_WHITEOUT))
    return Entry(
        layer=0,
        name=str(path),
        kind=_kind(member),
        mode=member.mode & 0o7777,
        uid=member.uid,
        gid=member.gid,
        size=member.size if member.isreg() else 0,
        target=member.linkname if member.issym() or member.islnk() else "",
        whiteout=whiteout and not opaque,
        opaque=opaque,
    )


def _kind(member: tarfile.TarInfo) -> EntryKind:
    if member.isdir():
        return "directory"
    if member.issym():
        return "symlink"
    if member.islnk():
        return "hardlink"
    if member.isfifo():
        return "fifo"
    if member.isdev():
        return "device"
    return "file"


class _FrontReader(io.RawIOBase):
    """Looks at the first bytes of a stream and still gives them to whoever reads."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._front = stream.read(4)
        self.compression = next(
            (kind for magic, kind in _MAGIC.items() if self._front.startswith(magic)), None
        )

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        size = -1 if size is None else size
        if not self._front:
            return self._stream.read(size)
        front, self._front = self._front, b""
        if 0 <= size < len(front):
            self._front = front[size:]
            return front[:size]
        return front + self._stream.read(size - len(front) if size > 0 else size)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def _decompressed(stream: _FrontReader, compression: Compression | None) -> Iterator[Readable]:
    if compression is None:
        yield stream
    elif compression == "gzip":
        with gzip.GzipFile(fileobj=stream, mode="rb") as plain:
            yield plain
    else:
        with _zstd(stream) as plain:
            yield plain


def _zstd(stream: _FrontReader) -> IO[bytes]:
    # Python 3.14 has the module itself. Only images with such layers pay for it.
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return cast("IO[bytes]", importlib.import_module(name).ZstdFile(stream))


class _GzipCounter:
    """Passes bytes on and counts what gzip makes of them."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._gzip = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
        self._count = 0

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        self._count += len(self._gzip.compress(chunk))
        return chunk

    def finish(self) -> int:
        return self._count + len(self._gzip.flush())
