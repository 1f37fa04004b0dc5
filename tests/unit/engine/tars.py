"""Layers and image archives, made as engines write them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


def member(name: str, **attributes: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as file:
        for info, content in members:
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return out.getvalue()


def files(contents: Mapping[str, bytes]) -> bytes:
    return tar((member(name), content) for name, content in contents.items())


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def config(layers: Sequence[bytes], **rest: Any) -> bytes:
    document = {
        "os": "linux",
        "architecture": "amd64",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
        **rest,
    }
    return json.dumps(document).encode()


class OciLayout:
    """An OCI layout as `docker save` writes it: blobs by name, then the index."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.index: list[dict[str, Any]] = []

    def blob(self, data: bytes) -> dict[str, Any]:
        digest = sha256(data)
        self.blobs[f"blobs/{digest.replace(':', '/')}"] = data
        return {"digest": digest, "size": len(data)}

    def image(
        self,
        layers: Sequence[bytes],
        *,
        pack: Callable[[bytes], bytes] = gzipped,
        listed: bool = True,
        **rest: Any,
    ) -> dict[str, Any]:
        manifest = {
            "schemaVersion": 2,
            "config": self.blob(config(layers, **rest)),
            "layers": [self.blob(pack(layer)) for layer in layers],
        }
        descriptor = self.blob(json.dumps(manifest).encode())
        if listed:
            self.index.append(descriptor)
        return descriptor

    def archive(self) -> bytes:
        documents = {
            "index.json": json.dumps({"schemaVersion": 2, "manifests": self.index}).encode(),
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        }
        return files({**dict(sorted(self.blobs.items())), **documents})
