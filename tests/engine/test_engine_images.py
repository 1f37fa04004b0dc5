"""The image store for real: what is read of an image, its names, its way to a registry."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagekit.engine.buildx import BuildRequest, IntoEngine, build
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.registry import Registry
from imagekit.errors import BaseImageNotFound, EngineError, ImageNotFound, RegistryUnanswered
from imagekit.refs import Reference

pytestmark = pytest.mark.engine

BASE = "debian:trixie-slim"
DOCKERFILE = """\
FROM scratch
COPY erts /erts
COPY --chown=1000:1000 app /app
USER 65532:65532
ENV A=b=c
ENTRYPOINT ["/app/run"]
CMD ["start"]
STOPSIGNAL SIGTERM
LABEL dev.imagekit.layers="erts,app"
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        connected = Engine.connect(os.environ)
    except EngineError as err:
        pytest.skip(f"{err.what} {err.found}")
    yield connected
    connected.close()


@pytest.fixture
def store(engine: Engine) -> ImageStore:
    return ImageStore(engine=engine)


@pytest.fixture(scope="module")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    context = tmp_path_factory.mktemp("context")
    (context / "erts").write_bytes(bytes(5000))
    (context / "app").mkdir()
    (context / "app" / "run").write_text(f"{uuid.uuid4()}\n")
    (context / "app" / "link").symlink_to("run")
    # The classic store does not cap file times, so the id is new anyway.
    built = build(engine, BuildRequest(context=context, dockerfile=DOCKERFILE), lambda _: None)
    assert built.image_id is not None
    # Its own name holds it: an image goes with its last one.
    name = f"imagekit.test/{uuid.uuid4().hex}:held"
    store = ImageStore(engine=engine)
    store.tag(built.image_id, name)
    yield built.image_id
    store.remove(name)


def test_an_image_is_described(engine: Engine, store: ImageStore, image: str) -> None:
    found = store.inspect(image)
    assert found.platform == engine.info.platform
    assert found.digest == image
    assert found.config.user == "65532:65532"
    assert found.config.entrypoint == ("/app/run",)
    assert found.config.command == ("start",)
    assert found.config.environment["A"] == "b=c"
    assert found.config.stop_signal == "SIGTERM"
    assert [layer.group for layer in found.layers] == ["erts", "app"]
    assert [layer.unpacked_bytes for layer in found.layers] == [5000, 37]
    assert all(0 < layer.compressed_bytes < 500 for layer in found.layers)
    assert all((layer.digest is not None) is engine.info.containerd_store for layer in found.layers)
    assert [layer.created_by.split()[0] for layer in found.layers] == ["COPY", "COPY"]


def test_its_files_are_seen(store: ImageStore, image: str) -> None:
    contents = store.contents(image, keep=lambda name: name == "app/run")
    by_name = {entry.name: entry for entry in contents.entries}
    assert (by_name["erts"].layer, by_name["erts"].size) == (0, 5000)
    run = by_name["app/run"]
    assert (run.layer, run.uid, run.gid, run.kind) == (1, 1000, 1000, "file")
    assert (by_name["app/link"].kind, by_name["app/link"].target) == ("symlink", "run")
    assert len(contents.files[1, "app/run"]) == 37


def test_a_base_image_is_all_os(store: ImageStore) -> None:
    if not store.exists(BASE):
        pytest.skip(f"the engine has no {BASE}: run .ci/images")
    contents = store.contents(BASE, keep=lambda name: name.endswith("usr/lib/os-release"))
    assert {layer.group for layer in contents.image.layers} == {"os"}
    assert contents.image.unpacked_bytes > 50_000_000
    assert 10_000_000 < contents.image.compressed_bytes < contents.image.unpacked_bytes
    assert any(b"Debian" in content for content in contents.files.values())


def test_names_come_and_go(store: ImageStore, image: str) -> None:
    name = f"imagekit.test/{uuid.uuid4().hex}:1"
    store.tag(image, name)
    try:
        assert store.inspect(name).layers == store.inspect(image).layers
        store.discard(image)
        assert store.exists(name)
        second = f"{name}2"
        store.tag(name, second)
        store.remove(second)
        assert store.exists(name)
    finally:
        store.remove(name)
    assert not store.exists(name)
    store.remove(name)
    assert store.exists(image)


def test_no_such_image(store: ImageStore) -> None:
    with pytest.raises(ImageNotFound):
        store.inspect("imagekit.test/no-such:image")
    with pytest.raises(ImageNotFound):
        store.tag("imagekit.test/no-such:image", "imagekit.test/x:y")


def test_a_platform_that_is_not_there(store: ImageStore, image: str) -> None:
    with pytest.raises(ImageNotFound):
        store.inspect(image, platform="linux/s390x")


def test_an_image_of_several_platforms(engine: Engine, store: ImageStore, tmp_path: Path) -> None:
    if not engine.info.containerd_store:
        pytest.skip("the classic image store keeps one platform of an image")
    (tmp_path / "a").touch()
    request = BuildRequest(
        context=tmp_path,
        dockerfile="FROM scratch\nARG TARGETARCH\nCOPY a /$TARGETARCH\n",
        platform="linux/amd64,linux/arm64",
    )
    built = build(engine, request, lambda _: None)
    assert built.image_id is not None
    try:
        for architecture in ("amd64", "arm64"):
            found = store.contents(built.image_id, platform=f"linux/{architecture}")
            assert found.image.platform == f"linux/{architecture}"
            assert [entry.name for entry in found.entries] == [architecture]
        assert store.inspect(built.image_id).platform == engine.info.platform
    finally:
        store.discard(built.image_id)


def test_zstd_layers(engine: Engine, store: ImageStore, tmp_path: Path) -> None:
    pytest.importorskip("backports.zstd", reason="Python before 3.14 needs backports.zstd")
    archive = tmp_path / "image.tar"
    (tmp_path / "a").write_text("zstd")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /a\n")
    output = f"type=oci,dest={archive},compression=zstd,force-compression=true"
    end = engine.processes.run(
        ("docker", "buildx", "build", "--provenance=false", "--output", output, str(tmp_path)),
        environment=os.environ,
    )
    if end.status != 0:
        pytest.skip(f"this builder writes no such archive: {end.errors[-200:]}")
    (loaded,) = (
        line["stream"].split()[-1]
        for line in engine.api.load_image(archive.read_bytes())
        if "Loaded" in line.get("stream", "")
    )
    try:
        assert [entry.name for entry in store.contents(loaded).entries] == ["a"]
    finally:
        store.discard(loaded)


def test_a_digest_is_resolved_by_the_engine(store: ImageStore) -> None:
    try:
        pinned = Registry(engine=store.engine).resolve_digest(Reference.parse(BASE))
    except RegistryUnanswered as err:
        pytest.skip(f"no registry answers: {err.found}")
    assert pinned.digest is not None
    assert str(pinned).startswith(f"{BASE}@sha256:")
    assert Registry(engine=store.engine).resolve_digest(pinned) == pinned


def test_a_registry_that_does_not_answer(store: ImageStore, image: str) -> None:
    with pytest.raises(RegistryUnanswered):
        Registry(engine=store.engine).resolve_digest(Reference.parse("127.0.0.1:1/a:b"))
    name = "127.0.0.1:1/imagekit/test:1"
    store.tag(image, name)
    try:
        with pytest.raises(RegistryUnanswered):
            Registry(engine=store.engine).push(name)
    finally:
        store.remove(name)


def registry(engine: Engine) -> str:
    for mirror in engine.api.info().get("RegistryConfig", {}).get("Mirrors") or ():
        if mirror.startswith("http://127.0.0.1:"):
            return str(mirror).removeprefix("http://").rstrip("/")
    pytest.skip("the engine has no registry on loopback: run .ci/images")


def test_a_push_and_what_the_registry_then_has(
    engine: Engine, store: ImageStore, image: str
) -> None:
    name = f"{registry(engine)}/imagekit/test:{uuid.uuid4().hex}"
    store.tag(image, name)
    try:
        digest = Registry(engine=store.engine).push(name)
        assert digest == Registry(engine=store.engine).resolve_digest(Reference.parse(name)).digest
        if engine.info.containerd_store:
            assert digest == store.inspect(name).digest
        with pytest.raises(BaseImageNotFound):
            Registry(engine=store.engine).resolve_digest(Reference.parse(f"{name}-not"))
    finally:
        store.remove(name)


def test_an_image_tagged_by_a_build(engine: Engine, store: ImageStore, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(uuid.uuid4().hex)
    name = f"imagekit.test/{uuid.uuid4().hex}:1"
    request = BuildRequest(
        context=tmp_path, dockerfile="FROM scratch\nCOPY a /\n", output=IntoEngine(tag=name)
    )
    build(engine, request, lambda _: None)
    assert store.exists(name)
    store.remove(name)
    assert not store.exists(name)
