"""`imagekit prove cache`: rules that hold, one that does not, and nothing left behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import Ran

pytestmark = [pytest.mark.engine, pytest.mark.slow]

RULES = """
[[cache.rule]]
edit = "mix.exs"
must_reuse = ["fetch", "deps"]

[[cache.rule]]
edit = "assets/js/**"
must_reuse = ["assets", "app"]
"""


def test_each_rule_is_tried_and_a_broken_one_is_told(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path]
) -> None:
    root = copy_app("hello_web")
    settings = root / "imagekit.toml"
    settings.write_text(settings.read_text() + RULES)
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    before = set(Path(tempfile.gettempdir()).glob("imagekit-prove-*"))
    ran = imagekit("prove", "cache", root, "--json")
    assert ran.exit_code == 4, ran.stderr
    held, broken = ran.document["rules"]
    assert (held["outcome"], held["edited"], held["broken"]) == ("passed", ["mix.exs"], [])
    # Whatever it was that ran: the edit was one, and the builder saw it.
    assert {"manifest", "app"} <= set(held["ran"])
    assert {"fetch", "deps"} <= set(held["reused"])
    assert (broken["outcome"], broken["broken"]) == ("failed", ["assets"])
    assert broken["edited"] == ["assets/js/app.js"]
    assert "app" in broken["reused"]
    assert not ran.document["passed"]
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == files
    assert set(Path(tempfile.gettempdir()).glob("imagekit-prove-*")) <= before


def test_a_rule_that_edits_nothing_is_never_green(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path]
) -> None:
    root = copy_app("hello_web")
    (root / "imagekit.toml").write_text('cache.rule = [{ edit = "lbi/**", must_reuse = ["deps"] }]')
    ran = imagekit("prove", "cache", root)
    assert ran.exit_code == 2
    assert "matches no file" in ran.stderr
