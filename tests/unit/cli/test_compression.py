"""`--compression` is refused where nothing would come of it."""

from __future__ import annotations

import click
import pytest

from imagekit.build.run import BuildOptions
from imagekit.cli.build import _storable
from tests.unit.engine.fakes import FakeApi, engine


def test_the_classic_store_is_no_place_for_compressed_layers() -> None:
    classic = engine(FakeApi(), kind="docker-26-classic")
    with pytest.raises(click.UsageError, match="keeps layers unpacked"):
        _storable(classic, BuildOptions(compression="zstd"))
    _storable(classic, BuildOptions())


def test_the_store_of_containerd_keeps_what_is_built() -> None:
    _storable(engine(FakeApi()), BuildOptions(compression="zstd"))
