"""`imagekit inspect`: what is shown of an image."""

from __future__ import annotations

from typing import Any

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.described import ImageContents
from imagekit.engine.images import ImageStore
from tests.unit.engine.fakes import engine
from tests.unit.verify.examples import IMAGE, entry, files

from .conftest import Imagekit


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the engine have an image with these entries beside those of a release."""

    def hold(*extra: Any) -> None:
        entries = files(*extra).entries
        found = ImageContents(image=IMAGE, entries=entries, files={}, examined={})
        monkeypatch.setattr(ImageStore, "contents", lambda *_, **__: found)

    monkeypatch.setattr(Engine, "connect", lambda _: engine())
    return hold


def test_what_a_later_layer_stores_again_or_removes_is_waste(
    holds: Any, imagekit: Imagekit
) -> None:
    holds(
        entry("var/lib/dpkg/status", in_layer=0, size=70_000),
        entry("var/lib/dpkg/status", in_layer=1, size=71_000),
        entry("var/cache/pkg", in_layer=0, size=1_300_000),
        entry("var/cache/pkg", in_layer=1, whiteout=True),
    )
    assert imagekit("inspect", "hello:dev", "--json").json["waste"] == [
        {"path": "/var/cache/pkg", "bytes": 1_300_000},
        {"path": "/var/lib/dpkg/status", "bytes": 70_000},
    ]
    told = "1.4 MB  stored again or removed by a later layer: /var/cache/pkg 1.3 MB"
    assert told in imagekit("inspect", "hello:dev").out


def test_an_image_without_waste_says_so(holds: Any, imagekit: Imagekit) -> None:
    holds()
    assert imagekit("inspect", "hello:dev", "--json").json["waste"] == []
    (line,) = (
        line for line in imagekit("inspect", "hello:dev").out.splitlines() if "waste" in line
    )
    assert line.split() == ["waste", "0", "B"]
