"""The registry as cache, on an engine that knows nothing yet, and with a registry that is broken.

The engine is a second one, with a store and a bridge of its own: an engine whose cache was
pruned still has the layers it once had. The registry is Debian's `docker-registry`. The app is
the smallest: what is exported and imported grows with the builder's packages.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from imagekit.engine.buildx import BuildRequest, BuildResult, build
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.cache.edits import replace
from tests.engine.conftest import Ran

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TIMEOUT_SECONDS = 60
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NEEDED = ("dockerd", "docker-registry", "ip")


@pytest.fixture(scope="module", autouse=True)
def _possible() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"a second engine needs root and {', '.join(missing) or 'all of its tools'}")


def ready(
    what: str, process: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]
) -> None:
    limit = time.monotonic() + TIMEOUT_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > limit:
            pytest.fail(f"{what} does not come up:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Registry:
    """A registry on loopback whose storage may be damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        storage = {"filesystem": {"rootdirectory": str(folder / "storage")}}
        (folder / "config.yml").write_text(
            json.dumps({"version": 0.1, "storage": storage, "http": {"addr": self.address}})
        )

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/v2/").status_code == 200
        except httpx.HTTPError:
            return False

    def tags(self, name: str) -> list[str]:
        return sorted(httpx.get(f"http://{self.address}/v2/{name}/tags/list").json()["tags"])

    def lose_layers(self, name: str, tag: str) -> None:
        manifest = httpx.get(
            f"http://{self.address}/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST}
        )
        layers = manifest.json()["layers"]
        assert layers
        for layer in layers:
            kind, digest = layer["digest"].split(":")
            blobs = self.folder / "storage/docker/registry/v2/blobs"
            shutil.rmtree(blobs / kind / digest[:2] / digest, ignore_errors=True)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = Registry(tmp_path_factory.mktemp("registry"))
    log = registry.folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["docker-registry", "serve", registry.folder / "config.yml"],
            stdout=written,
            stderr=written,
        )
    try:
        ready("the registry", process, log, registry.answers)
        yield registry
    finally:
        stop(process)


@pytest.fixture(scope="module")
def fresh(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an engine that has nothing, not even base images."""
    # A socket's path is short.
    folder = Path(f"/tmp/imagekit-{uuid4().hex[:8]}")
    bridge = f"ik{uuid4().hex[:8]}"
    with engine.calls("asking for its mirrors") as api:
        mirrors = api.info()["RegistryConfig"]["Mirrors"] or []
    folder.mkdir(mode=0o700)
    config = {
        "features": {"containerd-snapshotter": True},
        "registry-mirrors": mirrors,
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "exec"),
        "pidfile": str(folder / "pid"),
        "hosts": [f"unix://{folder}/sock"],
        # Its own, and no other network's business: without a bridge an engine removes docker0.
        "bridge": bridge,
        "iptables": False,
        "ip-forward": False,
        "ip-masq": False,
    }
    (folder / "daemon.json").write_text(json.dumps(config))
    log = folder / "log"
    subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "addr", "add", "192.0.2.1/24", "dev", bridge], check=True)
        with log.open("wb") as written:
            process = subprocess.Popen(
                ["dockerd", "--config-file", folder / "daemon.json"], stdout=written, stderr=written
            )
        try:
            ready("the engine", process, log, (folder / "sock").is_socket)
            yield f"unix://{folder}/sock"
        finally:
            stop(process)
    finally:
        subprocess.run(["ip", "link", "delete", bridge], check=True)
        mounts = Path("/proc/mounts").read_text().splitlines()
        for place in sorted((line.split()[1] for line in mounts), reverse=True):
            if Path(place).is_relative_to(folder):
                subprocess.run(["umount", place], check=True)
        shutil.rmtree(folder)


def built(ran: Ran) -> dict[str, bool]:
    assert ran.exit_code == 0, ran.stdout + ran.stderr
    return {each["name"]: each["cached"] for each in ran.document["stages"]}


def test_a_fresh_engine_starts_where_another_one_ended(
    imagekit: Callable[..., Ran],
    engine: Engine,
    registry: Registry,
    fresh: str,
    copy_app: Callable[[str], Path],
) -> None:
    root = copy_app("worker")
    tag = f"imagekit.test/{uuid4().hex[:12]}:cache"

    def run(branch: str, **environment: str) -> Ran:
        return imagekit(
            *("build", root, "--no-verify", "--tag", tag, "--json"),
            *("--cache", f"{registry.address}/hello/cache"),
            environment={"GITHUB_HEAD_REF": branch, **environment},
        )

    first = run("", CI_COMMIT_REF_NAME="main", CI_DEFAULT_BRANCH="main")
    ImageStore(engine=engine).remove(tag)
    built(first)
    assert first.document["cache"]["written"]
    assert [
        each["problem"].rpartition(": ")[2] for each in first.document["cache"]["problems"]
    ] == ["not found"]

    again = run("feature/cart", CI_DEFAULT_BRANCH="main", DOCKER_HOST=fresh)
    assert all(built(again).values())
    assert again.document["cache"]["read"] == [f"{registry.address}/hello/cache:main"]
    assert again.document["image"]["digest"] == first.document["image"]["digest"]

    replace("mix.exs", 'version: "0.1.0"', 'version: "0.2.0-{nonce}"')(root, uuid4().hex[:8])
    bumped = built(run("feature/cart", CI_DEFAULT_BRANCH="main", DOCKER_HOST=fresh))
    assert {name for name, cached in bumped.items() if not cached} == {
        *("manifest", "app", "release", "runtime")
    }
    main, mine = registry.tags("hello/cache")[::-1]
    assert main == "main"
    assert mine.startswith("feature-cart-")


@pytest.fixture
def tiny(tmp_path: Path) -> BuildRequest:
    (tmp_path / "file").write_text(uuid4().hex)
    return BuildRequest(
        context=tmp_path,
        dockerfile="FROM scratch AS a\nCOPY file /a\nFROM scratch\nCOPY --from=a /a /b\n",
    )


def run_tiny(engine: Engine, request: BuildRequest) -> BuildResult:
    result = build(engine, request, lambda _: None)
    assert result.image_id is not None
    ImageStore(engine=engine).discard(result.image_id)
    return result


def with_cache(request: BuildRequest, reference: str, *, write: bool) -> BuildRequest:
    entry = f"type=registry,ref={reference}"
    return BuildRequest(
        context=request.context,
        dockerfile=request.dockerfile,
        cache_from=(entry,),
        cache_to=(f"{entry},mode=max,image-manifest=true,oci-mediatypes=true",) if write else (),
    )


def test_a_cache_that_lost_its_layers_is_left_and_written_anew(
    engine: Engine, registry: Registry, fresh: str, tiny: BuildRequest
) -> None:
    run_tiny(engine, with_cache(tiny, f"{registry.address}/tiny:main", write=True))
    registry.lose_layers("tiny", "main")
    other = Engine.connect({**os.environ, "DOCKER_HOST": fresh})
    try:
        result = run_tiny(other, with_cache(tiny, f"{registry.address}/tiny:main", write=True))
    finally:
        other.close()  # an engine does not end while somebody is connected
    (problem,) = result.cache_problems
    assert (problem.during, problem.cache) == ("read", f"{registry.address}/tiny:main")
    assert not any(stage.cached for stage in result.stages)
    assert result.cache_written
    # What it wrote is whole.
    layers = httpx.get(
        f"http://{registry.address}/v2/tiny/manifests/main", headers={"Accept": MANIFEST}
    ).json()["layers"]
    for layer in layers:
        blob = f"http://{registry.address}/v2/tiny/blobs/{layer['digest']}"
        assert httpx.head(blob).status_code == 200


def test_an_image_in_the_place_of_a_cache_is_no_cache(
    engine: Engine, registry: Registry, tiny: BuildRequest
) -> None:
    manifest = b'{"schemaVersion": 2, "mediaType": "text/plain"}'
    put = httpx.put(
        f"http://{registry.address}/v2/other/manifests/main",
        content=manifest,
        headers={"Content-Type": "text/plain"},
    )
    assert put.status_code >= 400, "a registry takes no such thing; then there is none"
    result = run_tiny(engine, with_cache(tiny, f"{registry.address}/other:main", write=False))
    assert [each.during for each in result.cache_problems] == ["read"]


def test_a_registry_that_does_not_answer_fails_nothing(
    imagekit: Callable[..., Ran], engine: Engine, copy_app: Callable[[str], Path]
) -> None:
    tag = f"imagekit.test/{uuid4().hex[:12]}:cache"
    ran = imagekit(
        *("build", copy_app("worker"), "--no-verify", "--tag", tag),
        *("--cache", "127.0.0.1:1/hello/cache"),
    )
    assert ran.exit_code == 0, ran.stderr
    ImageStore(engine=engine).remove(tag)
    assert "note: the cache 127.0.0.1:1/hello/cache:main cannot be used" in ran.stderr
    assert "note: the cache was not written" in ran.stderr
    assert "connection refused" in ran.stderr
