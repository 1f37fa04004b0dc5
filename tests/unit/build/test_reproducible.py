"""What differs between two builds, and what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

import pytest

from imagekit.build.reproducible import differences
from imagekit.engine.images import ImageFingerprints
from imagekit.engine.layers import Fingerprint
from imagekit.image import Image, ImageConfig, Layer, LayerGroup
from tests.unit.plan.projects import dependency, project

FILE: Final = Fingerprint(
    kind="file", mode=0o644, uid=0, gid=0, mtime=1, target="", content="0" * 64
)
PROJECT: Final = project(dependencies=(dependency("money"), dependency("fast_sum")))
ROOT: Final = PurePosixPath("/app")


def image(**layers: Mapping[str, Fingerprint]) -> ImageFingerprints:
    return ImageFingerprints(
        image=Image(
            reference="x",
            digest="sha256:0",
            platform="linux/amd64",
            config=ImageConfig(),
            layers=tuple(
                Layer(
                    group=LayerGroup(name),
                    digest=None,
                    diff_id="",
                    unpacked_bytes=0,
                    compressed_bytes=0,
                )
                for name in layers
            ),
        ),
        config={},
        layers=tuple(layers.values()),
    )


OWNERS = {
    ("os", "var/cache/ldconfig/aux-cache"): "the base image or its packages",
    ("deps", "app/lib/money-1.4.0/ebin/a.beam"): "dependency money",
    ("deps", "app/lib/fast_sum-0.1.0-rc.1/priv/f.so"): "dependency fast_sum",
    ("app", "app/lib/shop-1.2.3/ebin/a.beam"): "app shop",
    ("assets", "app/lib/shop-1.2.3/priv/static/app.js"): "app shop",
    ("erts", "app/lib/stdlib-6.2/ebin/lists.beam"): "Erlang/OTP or Elixir: stdlib",
    ("erts", "app/erts-15.2/bin/erl"): "Erlang/OTP",
    ("app", "app/releases/1.2.3/vm.args"): "the release",
    ("app", "app/releases/1.2.3/consolidated/Elixir.P.beam"): "consolidated protocol Elixir.P",
}


@pytest.mark.parametrize(("place", "owner"), OWNERS.items())
def test_a_file_belongs_to_something(place: tuple[str, str], owner: str) -> None:
    group, name = place
    other = replace(FILE, content="1" * 64)
    (found,) = differences(
        image(**{group: {name: FILE}}), image(**{group: {name: other}}), PROJECT, ROOT
    )
    assert (found.path, found.owner, found.aspects) == (f"/{name}", owner, ("content",))


ASPECTS: list[tuple[Fingerprint, str]] = [
    (replace(FILE, mode=0o755), "mode"),
    (replace(FILE, uid=1), "owner"),
    (replace(FILE, mtime=2), "time"),
    (replace(FILE, kind="symlink", target="x"), "kind, link target"),
]


@pytest.mark.parametrize(("other", "said"), ASPECTS)
def test_it_says_what_differs(other: Fingerprint, said: str) -> None:
    (found,) = differences(image(app={"a": FILE}), image(app={"a": other}), PROJECT, ROOT)
    assert str(found) == f"/a (the base image or its packages): {said}"


def test_what_only_one_has_is_named() -> None:
    found = differences(image(app={"a": FILE}), image(app={"b": FILE}), PROJECT, ROOT)
    assert [(each.path, each.aspects) for each in found] == [
        ("/a", ("only in one",)),
        ("/b", ("only in one",)),
    ]


def test_equal_images_do_not_differ_and_other_configs_do() -> None:
    one = image(app={"a": FILE})
    assert differences(one, image(app={"a": FILE}), PROJECT, ROOT) == ()
    (found,) = differences(one, replace(one, config={"created": "x"}), PROJECT, ROOT)
    assert found.path == "(image config)"
