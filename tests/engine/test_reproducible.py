"""Two cold builds give one image, the cached one too; and what differs is named."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.eject import SCRIPTS
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


BUILDER = "hexpm/elixir:1.18.3-erlang-27.3.4.3-debian-trixie-20250929-slim"
# As Mix writes it; Erlang prints `ä` as it is.
CONFIG = """\
%% coding: utf-8
%% RUNTIME_CONFIG=true
[{{shop,[{{title,fällig}}]}},{{elixir,[{{config_provider_init,#{{{init}}}}}]}}].
"""
LISTED = ("{shop,[limit],error}", "{jason,[a],{ok,1}}", "{plug,[[b]],{ok,#{y => 1,x => 2}}}")


def config(*listed: str) -> str:
    """Give a sys.config with what was configured at compile time in this order."""
    members = ("'__struct__' => 'Elixir.Config.Provider'", "providers => [{b,1},{a,2}]")
    init = ",".join((*members, f"validate_compile_env => [{','.join(listed)}]"))
    return CONFIG.format(init=init)


def test_the_order_in_which_mix_wrote_does_not_show(engine: Engine, tmp_path: Path) -> None:
    texts = (config(*LISTED), config(*reversed(LISTED)), "[{shop,[{b,1},{a,2}]}].\n", "[oh")
    paths = [tmp_path / f"releases/{number}/sys.config" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    volumes = (f"--volume={SCRIPTS}:/imagekit:ro", f"--volume={tmp_path}:/release")
    command = ("docker", "run", "--rm", "--network=none", "--entrypoint=/imagekit/order-config")
    subprocess.run((*command, *volumes, BUILDER, "/release"), check=True, capture_output=True)
    first, second, *others = (path.read_text(encoding="utf-8") for path in paths)
    assert first == second
    assert first == config(
        "{jason,[a],{ok,1}}", "{plug,[[b]],{ok,#{x => 2,y => 1}}}", "{shop,[limit],error}"
    )
    assert others == list(texts[2:])


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
