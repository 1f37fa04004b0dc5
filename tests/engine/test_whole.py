"""What the plan says goes in whole is what Mix, in the build, finds that it must."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cache.edits import append
from tests.engine.conftest import Ran

pytestmark = pytest.mark.engine


def test_the_plan_and_the_build_agree(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path]
) -> None:
    root = copy_app("hello_web")
    # What a step prints is shown when it runs: nothing of this is in a cache.
    append("config/prod.exs", "\n# {nonce}\n")(root, uuid4().hex)
    built = imagekit("build", root, "--target", "manifest", "--progress", "plain")
    assert built.exit_code == 0, built.stderr
    assert "goes in whole" not in built.stderr
    assert imagekit("plan", root, "--json").document["plan"]["notes"] == []

    append("config/prod.exs", "\nconfig :tiny_http, on_start: fn -> :ok end\n")(root, "")
    built = imagekit("build", root, "--target", "manifest", "--progress", "plain")
    assert built.exit_code == 0, built.stderr
    whole = "config/config.exs goes in whole: a value of :tiny_http"
    (note,) = imagekit("plan", root, "--json").document["plan"]["notes"]
    assert note.startswith(f"{whole} is a function")
    assert f"note: {note}" in built.stderr
    assert f"imagekit: {whole} does not read back equal" in built.stderr

    append("config/prod.exs", '\nimport_config "secret.exs"\n')(root, "")
    built = imagekit("build", root, "--target", "manifest", "--progress", "plain")
    assert built.exit_code == 0, built.stderr
    missing, *_ = imagekit("plan", root, "--json").document["plan"]["notes"]
    assert "it imports secret.exs, which is not there (config/prod.exs:" in missing
    assert "imagekit: config/config.exs goes in whole: it does not evaluate here" in built.stderr
