"""Whether the process that started something still lives."""

from __future__ import annotations

import os

from imagekit.engine.owner import lives, owner


def test_we_live() -> None:
    assert lives(owner())


def test_a_process_that_is_gone_does_not() -> None:
    host, boot, _, start = owner().rsplit("/", 3)
    assert not lives(f"{host}/{boot}/4194399/{start}")


def test_another_process_under_our_number_is_not_us() -> None:
    host, boot, pid, start = owner().rsplit("/", 3)
    if start != "-":
        assert not lives(f"{host}/{boot}/{pid}/{int(start) + 1}")
    assert lives(f"{host}/{boot}/{pid}/-")


def test_before_the_last_start_of_the_machine_nothing_lives() -> None:
    host, boot, pid, start = owner().rsplit("/", 3)
    assert not lives(f"{host}/other-{boot}/{pid}/{start}")


def test_in_doubt_it_lives() -> None:
    _, boot, _, start = owner().rsplit("/", 3)
    assert lives(f"elsewhere/{boot}/{os.getpid()}/{start}")
    assert lives("")
    assert lives("a/b/c/d")
