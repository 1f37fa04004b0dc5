"""Images as values, and the store's verbs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.engine.archive import StoredImage
from imagekit.engine.described import choose, layer_groups
from imagekit.engine.images import ImageStore
from imagekit.engine.registry import Registry
from imagekit.errors import (
    BaseImageNotFound,
    EngineError,
    EngineRefused,
    ImageNotFound,
    RegistryUnanswered,
)
from imagekit.image import LayerGroup
from imagekit.refs import Reference

from .fakes import FakeApi, api_error, chunks, engine
from .tars import OciLayout, files, gzipped, sha256

BOTTOM, DEPS, APP = files({"etc/os": b"x"}), files({"app/lib": b"12"}), files({"app/me": b"123"})
ID = "sha256:" + "1" * 64
CONFIG = {
    "User": "65532:65532",
    "Entrypoint": ["/app/bin/app"],
    "Cmd": ["start"],
    "Env": ["A=1=2", "EMPTY="],
    "Labels": {"dev.imagekit.layers": "deps, app"},
    "ExposedPorts": {"4000/tcp": {}},
    "StopSignal": "SIGTERM",
    "WorkingDir": "/app",
}
HISTORY = [
    {"created_by": "ADD rootfs"},
    {"created_by": "ENV A", "empty_layer": True},
    {"created_by": "COPY deps"},
    {"comment": "imported"},
]


class Saved:
    """An engine that can save one image, and counts how often it does."""

    def __init__(self, *, kind: str = "docker-26-containerd", **config: Any) -> None:
        layout = OciLayout()
        pack = gzipped if kind.endswith("containerd") else bytes
        rest = {"config": CONFIG, "history": HISTORY, **config}
        self.manifest = layout.image([BOTTOM, DEPS, APP], pack=pack, **rest)["digest"]
        self.archive = layout.archive()
        self.saves = 0
        self.api = FakeApi(inspect_image={"Id": ID}, get_image=self.save)
        self.store = ImageStore(engine=engine(self.api, kind=kind))

    def save(self, _reference: str) -> Iterator[bytes]:
        self.saves += 1
        return chunks(self.archive)


def test_an_image_of_the_containerd_store() -> None:
    saved = Saved()
    image = saved.store.inspect("app:1")
    assert (image.reference, image.digest, image.platform) == (
        "app:1",
        saved.manifest,
        "linux/amd64",
    )
    assert [layer.group for layer in image.layers] == ["os", "deps", "app"]
    assert [layer.digest for layer in image.layers] == [
        sha256(gzipped(x)) for x in (BOTTOM, DEPS, APP)
    ]
    assert [layer.compressed_bytes for layer in image.layers] == [
        len(gzipped(x)) for x in (BOTTOM, DEPS, APP)
    ]
    assert [layer.unpacked_bytes for layer in image.layers] == [1, 2, 3]
    assert [layer.created_by for layer in image.layers] == ["ADD rootfs", "COPY deps", "imported"]
    assert image.unpacked_bytes == 6


def test_an_image_of_the_classic_store() -> None:
    """No blob there has the digest it will have in a registry."""
    saved = Saved(kind="docker-26-classic")
    image = saved.store.inspect("app:1")
    assert image.digest == ID
    assert [layer.digest for layer in image.layers] == [None, None, None]
    assert [layer.diff_id for layer in image.layers] == [sha256(x) for x in (BOTTOM, DEPS, APP)]
    assert all(0 < layer.compressed_bytes < 400 for layer in image.layers)


def test_the_config() -> None:
    config = Saved().store.inspect("x").config
    assert config.user == "65532:65532"
    assert config.entrypoint == ("/app/bin/app",)
    assert config.command == ("start",)
    assert config.environment == {"A": "1=2", "EMPTY": ""}
    assert config.exposed_ports == ("4000/tcp",)
    assert (config.stop_signal, config.working_directory) == ("SIGTERM", "/app")


@pytest.mark.parametrize("config", [{}, None, {"Env": None, "Labels": None, "Cmd": None}])
def test_a_config_that_says_nothing(config: Any) -> None:
    image = Saved(config=config, history=None).store.inspect("x")
    assert image.config.environment == {}
    assert image.config.stop_signal is None
    assert {layer.group for layer in image.layers} == {LayerGroup.OS}
    assert {layer.created_by for layer in image.layers} == {""}


def test_entries_and_files_name_their_layer() -> None:
    contents = Saved().store.contents("x", keep=lambda name: name.startswith("app/"))
    assert [(entry.layer, entry.name) for entry in contents.entries] == [
        (0, "etc/os"),
        (1, "app/lib"),
        (2, "app/me"),
    ]
    assert contents.files == {(1, "app/lib"): b"12", (2, "app/me"): b"123"}


def test_an_image_is_saved_once() -> None:
    saved = Saved()
    first = saved.store.contents("app:1", keep=lambda _: True)
    assert saved.store.inspect("app:2").reference == "app:2"
    assert saved.store.contents("app:1") == first
    assert saved.saves == 1
    saved.store.contents("app:1", keep=lambda _: False)
    assert saved.saves == 2


@pytest.mark.parametrize("kind", ["docker-26-containerd", "docker-26-classic"])
def test_layers_that_were_measured_are_told_as_they_were(kind: str) -> None:
    first = Saved(kind=kind).store.inspect("app:1")
    *known, last = (replace(each, unpacked_bytes=77, group=LayerGroup.APP) for each in first.layers)
    again = Saved(kind=kind)
    image = again.store.inspect("app:1", measured=known)
    assert [each.unpacked_bytes for each in image.layers] == [77, 77, 3]
    assert [replace(each, unpacked_bytes=0) for each in image.layers] == [
        replace(each, unpacked_bytes=0) for each in first.layers
    ]
    # What was not read is not remembered as if it had been.
    assert len(again.store.contents("app:1").entries) == 3
    assert last.diff_id == first.layers[-1].diff_id


def test_what_another_kind_of_store_measured_is_measured_again() -> None:
    classic = Saved(kind="docker-26-classic").store.inspect("app:1")
    plain = [replace(each, unpacked_bytes=77) for each in classic.layers]
    image = Saved().store.inspect("app:1", measured=plain)
    assert [each.unpacked_bytes for each in image.layers] == [1, 2, 3]


def test_a_platform_that_the_image_does_not_have() -> None:
    saved = Saved()
    assert saved.store.inspect("x", platform="linux/amd64").platform == "linux/amd64"
    with pytest.raises(ImageNotFound, match="linux/s390x"):
        saved.store.inspect("x", platform="linux/s390x")


def test_no_such_image() -> None:
    store = ImageStore(engine=engine(FakeApi(inspect_image=api_error(404, "No such image: x"))))
    with pytest.raises(ImageNotFound):
        store.inspect("x")
    assert not store.exists("x")
    assert Saved().store.exists("x")


@pytest.mark.parametrize("cut", [0, 700, 3000])
def test_an_archive_that_breaks_off(cut: int) -> None:
    saved = Saved()
    saved.archive = saved.archive[:cut]
    with pytest.raises(EngineError, match="reading the image x"):
        saved.store.inspect("x")


def stored(platform: str) -> StoredImage:
    keys = ("os", "architecture", "variant")
    return StoredImage(
        manifest_digest=None,
        config=dict(zip(keys, platform.split("/"), strict=False)),
        layers=(),
    )


AMD, ARM, ARM7 = (stored(p) for p in ("linux/amd64", "linux/arm64/v8", "linux/arm/v7"))


@pytest.mark.parametrize(
    ("images", "asked", "chosen"),
    [
        ((ARM, AMD), None, AMD),
        ((ARM, ARM7), None, ARM),
        ((), None, None),
        ((AMD, ARM), "linux/arm64", ARM),
        ((AMD, ARM), "linux/arm64/v8", ARM),
        ((AMD, ARM), "linux/arm64/v9", None),
        ((AMD, ARM7), "linux/arm64", None),
        ((AMD, ARM7), "linux/arm", ARM7),
    ],
)
def test_which_platform(
    images: tuple[StoredImage, ...], asked: str | None, chosen: StoredImage | None
) -> None:
    assert choose(images, asked, "linux/amd64") is chosen


def test_groups_are_of_the_last_layers() -> None:
    assert layer_groups("erts,app", 4) == ("os", "os", "erts", "app")
    assert layer_groups("", 2) == ("os", "os")
    assert layer_groups("app", 0) == ()


@given(st.text(), st.integers(0, 6))
def test_a_foreign_label_is_no_error(label: str, count: int) -> None:
    assert len(layer_groups(label, count)) == count


def test_tagging() -> None:
    api = FakeApi(tag=True)
    store = ImageStore(engine=engine(api))
    store.tag(ID, "127.0.0.1:5000/a/b")
    store.tag(ID, "b:2")
    assert api.called("tag") == [(ID, "127.0.0.1:5000/a/b", "latest"), (ID, "b", "2")]
    gone = ImageStore(engine=engine(FakeApi(tag=api_error(404, "No such image: x"))))
    with pytest.raises(ImageNotFound):
        gone.tag("x", "y")


def test_removing() -> None:
    api = FakeApi(remove_image=None, inspect_image={"RepoTags": None})
    store = ImageStore(engine=engine(api))
    store.remove("a:1")
    store.discard(ID)
    assert api.called("remove_image") == [("a:1",), (ID,)]
    kept = FakeApi(inspect_image={"RepoTags": ["a:1"]})
    ImageStore(engine=engine(kept)).discard(ID)
    gone = ImageStore(
        engine=engine(FakeApi(remove_image=api_error(404, "x"), inspect_image=api_error(404, "x")))
    )
    gone.remove("a:1")
    gone.discard(ID)


def test_pushing() -> None:
    answers = [{"status": "Pushing"}, {"aux": {"Digest": "sha256:d"}}, {"status": "done"}]
    assert Registry(engine=engine(FakeApi(push=answers))).push("a:1") == "sha256:d"
    assert Registry(engine=engine(FakeApi(push=[]))).push("a:1") is None
    sentence = [{"status": f"1: digest: sha256:{'d' * 64} size: 697"}]
    assert Registry(engine=engine(FakeApi(push=sentence))).push("a:1") == f"sha256:{'d' * 64}"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("denied: requested access to the resource is denied", EngineRefused),
        ("dial tcp 127.0.0.1:1: connect: connection refused", RegistryUnanswered),
        ("received unexpected HTTP status: 503 Service Unavailable", RegistryUnanswered),
    ],
)
def test_a_push_that_fails(message: str, error: type[Exception]) -> None:
    registry = Registry(engine=engine(FakeApi(push=[{"error": message}])))
    with pytest.raises(error):
        registry.push("a:1")


def test_resolving() -> None:
    api = FakeApi(inspect_distribution={"Descriptor": {"digest": "sha256:" + "d" * 64}})
    registry = Registry(engine=engine(api))
    pinned = registry.resolve_digest(Reference.parse("debian:trixie-slim"))
    assert str(pinned) == f"debian:trixie-slim@sha256:{'d' * 64}"
    assert registry.resolve_digest(pinned) == pinned
    registry.resolve_digest(Reference.parse("debian"))
    assert api.called("inspect_distribution") == [("debian:trixie-slim",), ("debian:latest",)]


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (404, "manifest unknown: manifest unknown", BaseImageNotFound),
        (403, "denied: requested access to the resource is denied", BaseImageNotFound),
        (500, "dial tcp: lookup nohost.test: no such host", RegistryUnanswered),
        (500, "toomanyrequests: slow down", RegistryUnanswered),
    ],
)
def test_resolving_what_cannot_be_had(status: int, message: str, error: type[Exception]) -> None:
    registry = Registry(engine=engine(FakeApi(inspect_distribution=api_error(status, message))))
    with pytest.raises(error) as raised:
        registry.resolve_digest(Reference.parse("debian:x"))
    assert message in str(vars(raised.value))


def test_the_layout_is_what_docker_writes() -> None:
    """The helper's own check: an index that names blobs by digest."""
    layout = OciLayout()
    digest = layout.image([APP])["digest"]
    assert json.loads(layout.blobs[f"blobs/{digest.replace(':', '/')}"])["schemaVersion"] == 2


def test_an_image_is_identified_without_reading_it() -> None:
    config = {"Env": ["PORT=80"], "Cmd": ["start"], "ExposedPorts": {"80/tcp": {}}, "Labels": None}
    api = FakeApi(inspect_image={"Id": ID, "Config": config})
    found = ImageStore(engine=engine(api)).identify("x")
    assert (found.digest, found.layers) == (ID, ())
    assert found.config.environment == {"PORT": "80"}
    assert found.config.command == ("start",)
    assert found.config.exposed_ports == ("80/tcp",)


def test_an_image_without_a_config_is_identified_too() -> None:
    found = ImageStore(engine=engine(FakeApi(inspect_image={"Id": ID}))).identify("x")
    assert found.config.command == ()
