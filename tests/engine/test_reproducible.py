"""Two cold builds give one image, the cached one too; and what differs is named."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import Ran

pytestmark = pytest.mark.engine


@pytest.fixture
def tag(engine: Engine) -> Iterator[str]:
    name = f"imagekit.test/{uuid4().hex[:12]}:dev"
    yield name
    store = ImageStore(engine=engine)
    if store.exists(name):
        store.remove(name)


def commit(folder: Path) -> None:
    """Commit a folder, as a repository of its own."""
    who = ("-c", "user.name=test", "-c", "user.email=test@example.internal")
    for words in (("init",), ("add", "mix.exs"), (*who, "commit", "--message", "x")):
        subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


def test_two_cold_builds_and_a_cached_one_give_the_same_image(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path], tag: str
) -> None:
    app = copy_app("worker")
    arguments = ("build", app, "--tag", tag, "--no-verify", "--json")
    ran = imagekit(*arguments, "--check-reproducible")
    assert ran.exit_code == 0, ran.stderr
    cold = ran.document
    assert cold["reproducible"] == {"same": True, "differences": []}
    assert not any(stage["cached"] for stage in cold["stages"])
    cached = imagekit(*arguments).document
    assert all(stage["cached"] for stage in cached["stages"])
    assert cached["image"]["digest"] == cold["image"]["digest"]
    # The time of a commit is in the image's config, and in none of its layers.
    commit(app)
    committed = imagekit(*arguments).document
    assert committed["image"]["digest"] != cold["image"]["digest"]
    assert committed["layers"] == cold["layers"]


STAMP = """
defmodule Worker.Stamp do
  @made System.os_time()
  def made, do: @made
end
"""


def test_what_differs_is_named_with_what_it_belongs_to(
    imagekit: Callable[..., Ran], engine: Engine, copy_app: Callable[[str], Path], tag: str
) -> None:
    app = copy_app("worker")
    (app / "lib" / "worker" / "stamp.ex").write_text(STAMP)
    ran = imagekit("build", app, "--tag", tag, "--check-reproducible", "--json")
    assert ran.exit_code == 7, ran.stderr
    document = ran.document
    (found,) = document["reproducible"]["differences"]
    assert found["path"].endswith("/ebin/Elixir.Worker.Stamp.beam")
    assert (found["owner"], found["aspects"]) == ("app worker", ["content"])
    assert document["verification"] is None
    store = ImageStore(engine=engine)
    assert not store.exists(tag)
    store.remove(document["image"]["reference"])
