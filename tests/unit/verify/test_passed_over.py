"""A program of the distribution's own folders is read when the image starts it, and only then."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from imagekit.elf.model import ElfFile
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import visible
from imagekit.verify.started import with_started
from tests.unit.elf.elves import elf

from .examples import IMAGE, entry, image

PROGRAM = entry("usr/sbin/nginx", in_layer=2)
LINK = entry("usr/bin/server", kind="symlink", target="../sbin/nginx")
OTHER = entry("usr/sbin/other", in_layer=2)
HELD = {"usr/sbin/nginx": elf(needed=("libc.so.6",)), "usr/sbin/other": elf()}


@dataclass
class Store:
    """Shows each file once, and counts how often it is asked."""

    held: dict[str, bytes] = field(default_factory=lambda: dict(HELD))
    asked: int = 0

    def contents(self, reference: str, *, platform: str | None, examine: Any) -> Any:
        self.asked += 1
        seen = {}
        for each in (PROGRAM, OTHER):
            # The layer's number is given to entries when all layers are read.
            found = examine(replace(each, layer=0), io.BytesIO(self.held[each.name]))
            if found is not None:
                seen[2, each.name] = found
        return SimpleNamespace(examined=seen)


def facts(*command: str, more: tuple[Any, ...] = ()) -> FileFacts:
    entries = (entry("usr", kind="directory"), LINK, PROGRAM, OTHER, *more)
    started = image(entrypoint=(), command=command, environment={})
    return FileFacts(image=started, visible=visible(entries), entries=entries)


def read(given: FileFacts, store: Store) -> FileFacts:
    return with_started(given, store, IMAGE.reference, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["nginx", "/usr/sbin/nginx", "server"])
def test_what_is_started_is_read(word: str) -> None:
    store = Store()
    found = read(facts(word, "-g"), store).elf
    assert list(found) == [(2, "usr/sbin/nginx")]
    seen = found[2, "usr/sbin/nginx"]
    assert isinstance(seen, ElfFile)
    assert seen.needed == ("libc.so.6",)
    assert store.asked == 1


def test_a_script_stays_one() -> None:
    assert read(facts("nginx"), Store({**HELD, "usr/sbin/nginx": b"#!/bin/sh\n"})).elf == {}


@pytest.mark.parametrize(
    "given",
    [
        facts(),
        facts("nowhere"),
        facts("/opt/run", more=(entry("opt/run"),)),
        facts("nginx", more=(entry("app/releases/start_erl.data"),)),
    ],
    ids=["nothing", "not there", "another folder", "a release"],
)
def test_layers_are_read_again_only_for_that(given: FileFacts) -> None:
    store = Store()
    assert read(given, store) is given
    assert store.asked == 0
