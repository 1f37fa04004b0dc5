"""Whether the process that started something still lives."""

from __future__ import annotations

import os

from imagekit.engine.owner import lives, owner


def test_we_live() -> None:
    assert lives(owner())


def test_a_process_that_is_gone_does_not() -> None:
    host, boot, namespace, _, start = owner().rsplit("/", 4)
    assert not lives(f"{host}/{boot}/{namespace}/4194399/{start}")


def test_another_process_under_our_number_is_not_us() -> None:
    host, boot, namespace, pid, start = owner().rsplit("/", 4)
    if start != "-":
        assert not lives(f"{host}/{boot}/{namespace}/{pid}/{int(start) + 1}")
    assert lives(f"{host}/{boot}/{namespace}/{pid}/-")


def test_before_the_last_start_of_the_machine_nothing_lives() -> None:
    host, boot, namespace, pid, start = owner().rsplit("/", 4)
    assert not lives(f"{host}/other-{boot}/{namespace}/{pid}/{start}")


def test_in_doubt_it_lives() -> None:
    _, boot, namespace, _, start = owner().rsplit("/", 4)
    assert lives(f"elsewhere/{boot}/{namespace}/{os.getpid()}/{start}")
    assert lives("")
    assert lives("a/b/c/d")
    assert lives("a/b/c/d/e")


def test_a_number_of_another_namespace_says_nothing() -> None:
    host, boot, namespace, _, start = owner().rsplit("/", 4)
    assert not lives(f"{host}/{boot}/{namespace}/4194399/{start}")
    assert lives(f"{host}/{boot}/1{namespace}/4194399/{start}")
