"""The registry as cache, on an engine that knows nothing yet, and with a registry that is broken.

The app is the smallest: what is exported and imported grows with the builder's packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from imagekit.eject import SCRIPTS
from imagekit.engine.buildx import BuildRequest, BuildResult, IntoRegistry, LocalFolder, build
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.cache.edits import append, line_of, lock_line
from tests.cache.edits import replace as edit
from tests.engine.conftest import Ran
from tests.engine.second import NEEDED, Registry, second_engine, serve_registry
from tests.engine.test_ejected import release

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def _possible() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"a second engine needs root and {', '.join(missing) or 'all of its tools'}")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with serve_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="module")
def fresh(engine: Engine) -> Iterator[str]:
    """The address of an engine that has nothing, not even base images."""
    with second_engine(engine) as address:
        yield address


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
    problems = [each for each in first.document["cache"]["problems"] if each["during"] == "read"]
    assert [each["cache"].rpartition(":")[2] for each in problems] == ["main-compiled", "main"]
    assert {each["problem"].rpartition(": ")[2] for each in problems} == {"not found"}

    again = run("feature/cart", CI_DEFAULT_BRANCH="main", DOCKER_HOST=fresh)
    assert all(built(again).values())
    assert again.document["cache"]["read"] == [f"{registry.address}/hello/cache:main"]
    assert again.document["image"]["digest"] == first.document["image"]["digest"]

    edit("mix.exs", 'version: "0.1.0"', 'version: "0.2.0-{nonce}"')(root, uuid4().hex[:8])
    bumped = built(run("feature/cart", CI_DEFAULT_BRANCH="main", DOCKER_HOST=fresh))
    assert {name for name, cached in bumped.items() if not cached} == {
        *("manifest", "app", "release", "runtime")
    }
    main, mine = (tag for tag in registry.tags("hello/cache") if not tag.endswith("-compiled"))
    assert main == "main"
    assert mine.startswith("request-feature-cart-")


def compiled(ran: Ran) -> dict[str, str]:
    """Give what became of each dependency."""
    told = (line.partition("imagekit: ")[2].split() for line in ran.stderr.splitlines())
    return {words[0]: words[1] for words in told if words[1:] in (["compiled"], ["reused"])}


def poison(engine: Engine, seed: str, folder: Path, text: bytes) -> None:
    """Damage the entry of a seed that holds a text, and push the seed in its place."""
    request = BuildRequest(context=folder.parent, dockerfile=f"FROM {seed}\n")
    build(engine, replace(request, output=LocalFolder(path=folder)), lambda _: None)
    (entry,) = (each for each in (folder / "deps").iterdir() if text in each.read_bytes())
    entry.write_bytes(entry.read_bytes().replace(text, text[::-1]))
    copied = "FROM scratch\nCOPY . /\n"
    output = IntoRegistry(reference=seed)
    build(engine, BuildRequest(context=folder, dockerfile=copied, output=output), lambda _: None)


def test_of_what_a_seed_has_only_what_moved_is_compiled(
    imagekit: Callable[..., Ran],
    settings: Mapping[str, str],
    registry: Registry,
    fresh: str,
    *,
    copy_app: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On one engine, for others build without a cache on the machine's, which drops its mounts."""
    monkeypatch.setenv("DOCKER_HOST", fresh)
    root = copy_app("worker")
    word_case = '{:word_case, "~> 1.0"}'
    edit("mix.exs", word_case, f'{word_case}, {{:tiny_router, "~> 1.0"}}')(root, "")
    lock = root / "mix.lock"
    first, *middle, last = lock.read_text().splitlines()
    more = (line_of("hello_web", name) for name in ("tiny_http", "tiny_router"))
    lock.write_text("\n".join((first, *sorted((*middle, *more)), last, "")))
    append("config/config.exs", '\nconfig :imagekit_nonce, at: "{nonce}"\n')(root, uuid4().hex)

    def run(branch: str, machine: str, *, share: bool = True) -> Ran:
        ran = imagekit(
            *("build", root, "--no-verify", "--tag", "imagekit.test/seeded:dev", "--json"),
            *("--progress", "plain"),
            *(("--cache", f"{registry.address}/seeded/cache") if share else ()),
            environment={
                "GITHUB_HEAD_REF": branch,
                "CI_DEFAULT_BRANCH": "main",
                "XDG_CACHE_HOME": str(tmp_path / machine),
            },
        )
        assert ran.exit_code == 0, ran.stderr
        return ran

    seed = f"{registry.address}/seeded/cache:main-compiled"
    ran = run("", "one", share=False)
    assert compiled(ran) == dict.fromkeys(("tiny_http", "tiny_router", "word_case"), "compiled")
    ran = run("", "one")
    assert compiled(ran) == {}
    assert ran.document["cache"]["seed_written"]
    assert ran.document["cache"]["seeded"] == []
    assert ran.document["cache"]["problems"][0]["problem"].endswith(f"{seed}: not found")
    assert len(registry.layers("seeded/cache", "main-compiled")) == 2

    # Another machine: nothing is in cache mounts, and one entry is not what was stored.
    engine = Engine.connect(os.environ)
    try:
        poison(engine, seed, tmp_path / "seed", b"Elixir.TinyRouter")
    finally:
        engine.close()
    mounts = ("--force", "--filter", "type=exec.cachemount")
    subprocess.run(["docker", "builder", "prune", *mounts], check=True)
    lock_line("word_case", "1.0.0")(root, "")
    ran = run("feature", "other")
    assert compiled(ran) == {
        "tiny_http": "reused",
        "tiny_router": "compiled",
        "word_case": "compiled",
    }
    assert ran.stderr.count("is not what was stored: dropped") == 1
    assert ran.document["cache"]["seeded"] == [seed]
    assert ran.document["cache"]["seed_written"]
    assert "request-feature-compiled" in registry.tags("seeded/cache")
    ran = run("feature", "other")
    # A request reads what its branch has, too, and this one was never built by itself.
    problems = [each["problem"] for each in ran.document["cache"]["problems"]]
    assert [each.endswith("/cache:feature: not found") for each in problems] == [True]
    assert (ran.document["cache"]["seeded"], ran.document["cache"]["seed_written"]) == ([], False)

    assert imagekit("dockerfile", root, "--write").exit_code == 0
    ours = f"--build-context=imagekit={SCRIPTS}"
    seeded = release(root, settings, tmp_path / "seeded", ours)
    anew = "--no-cache-filter=manifest,fetch,deps,app,release"
    (tmp_path / "words").write_text("cold")
    alone = f"--secret=id=imagekit_compiled,src={tmp_path / 'words'}"
    assert seeded == release(root, settings, tmp_path / "cold", ours, anew, alone)


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
    for layer in registry.layers("tiny", "main"):
        blob = f"http://{registry.address}/v2/tiny/blobs/{layer}"
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
    # A place of its own: a builder that has built for one before does not read what lies there.
    place = f"127.0.0.1:1/{uuid4().hex}/cache"
    ran = imagekit(
        *("build", copy_app("worker"), "--no-verify", "--tag", tag),
        *("--cache", place),
    )
    assert ran.exit_code == 0, ran.stderr
    ImageStore(engine=engine).remove(tag)
    for tag in ("main", "main-compiled"):
        assert f"note: the cache {place}:{tag} cannot be used" in ran.stderr
    assert "note: the cache was not written" in ran.stderr
    assert "connection refused" in ran.stderr
