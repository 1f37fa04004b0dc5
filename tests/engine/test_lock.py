"""Pins from a real registry, a build that takes them, and several releases of one project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import Ran

pytestmark = pytest.mark.engine


def test_a_build_takes_the_images_that_were_pinned(
    imagekit: Callable[..., Ran], engine: Engine, copy_app: Callable[[str], Path]
) -> None:
    app = copy_app("worker")
    refused = imagekit("build", app, "--locked")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "imagekit explain pin-out-of-step" in refused.stderr
    name = f"imagekit.test/{uuid4().hex[:12]}"
    build = ("build", app, "--no-verify", "--json")
    free = imagekit(*build, "--tag", f"{name}:free")
    assert free.exit_code == 0, free.stderr
    assert {each["pinned"] for each in free.document["bases"]} == {False}
    locked = imagekit("lock", app, "--json")
    assert locked.exit_code == 0, locked.stderr
    pins = {each["reference"]: each["digest"] for each in locked.document["pins"]}
    pinned = imagekit(*build, "--locked", "--tag", f"{name}:pinned")
    assert pinned.exit_code == 0, pinned.stderr
    for document, said in ((free.document, False), (pinned.document, True)):
        assert document["bases"] == [
            {"reference": reference, "digest": digest, "pinned": said}
            for reference, digest in sorted(pins.items())
        ]
    # By tag or by digest, it is the same base: only a label tells them apart.
    assert pinned.document["layers"] == free.document["layers"]
    store = ImageStore(engine=engine)
    labels = store.inspect(f"{name}:pinned").config.labels
    assert labels["org.opencontainers.image.base.digest"] == pins["debian:trixie-slim"]
    for tag in ("free", "pinned"):
        store.remove(f"{name}:{tag}")


def test_all_releases_are_built_verified_and_tagged_by_one_command(
    imagekit: Callable[..., Ran], engine: Engine, copy_app: Callable[[str], Path]
) -> None:
    name = f"imagekit.test/{uuid4().hex[:12]}"
    app = copy_app("umbrella")
    # Nothing of this tree is in a cache, so that what is cached was shared.
    (app / "apps" / "core" / "lib" / "new.ex").write_text(f"# {uuid4()}\n")
    ran = imagekit("build", app, "--all-releases", "--tag", f"{name}-{{release}}:dev", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert set(ran.document) == {"schema", "images"}
    jobs, web = ran.document["images"]
    assert (jobs["release"], web["release"]) == ("jobs_release", "web_release")
    stages = {each["name"]: each["cached"] for each in web["stages"]}
    shared = ("deps", "app")
    assert {name: stages[name] for name in shared} == dict.fromkeys(shared, True)
    assert not next(each for each in jobs["stages"] if each["name"] == "app")["cached"]
    store = ImageStore(engine=engine)
    for each in (jobs, web):
        assert each["verification"]["passed"]
        reference = f"{name}-{each['release']}:dev"
        assert each["image"]["reference"] == reference
        assert store.inspect(reference).digest == each["image"]["digest"]
        store.remove(reference)
    below = [
        [layer["digest"] for layer in each["layers"] if layer["group"] in ("os", "erts")]
        for each in (jobs, web)
    ]
    assert below[0] == below[1]
