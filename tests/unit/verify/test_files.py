"""The file system that a container sees, laid out of layers."""

from __future__ import annotations

from imagekit.engine.images import Entry
from imagekit.verify.files import visible

from .examples import entry


def names(*entries: Entry) -> list[str]:
    return sorted(visible(entries))


def test_layers_lie_over_each_other() -> None:
    assert names(entry("a", in_layer=0), entry("b", in_layer=1)) == ["a", "b"]


def test_the_upper_one_wins() -> None:
    upper = entry("a", in_layer=1, size=2)
    assert visible((entry("a", in_layer=0), upper))["a"] is upper


def test_a_whiteout_takes_a_file_or_a_folder_away() -> None:
    below = (
        entry("d", in_layer=0, kind="directory"),
        entry("d/a", in_layer=0),
        entry("d/e/b", in_layer=0),
        entry("dd", in_layer=0),
    )
    assert names(*below, entry("d", in_layer=1, whiteout=True)) == ["dd"]
    assert names(*below, entry("d/a", in_layer=1, whiteout=True)) == ["d", "d/e/b", "dd"]


def test_an_opaque_folder_hides_what_was_in_it() -> None:
    below = (entry("d", in_layer=0, kind="directory"), entry("d/a", in_layer=0))
    above = (
        entry("d", in_layer=1, kind="directory"),
        entry("d/b", in_layer=1),
        entry("d", in_layer=1, kind="directory", opaque=True),
    )
    assert names(*below, *above) == ["d", "d/b"]


def test_a_whiteout_is_about_the_layers_below_only() -> None:
    assert names(
        entry("a", in_layer=0), entry("a", in_layer=1), entry("a", in_layer=1, whiteout=True)
    ) == ["a"]


def test_a_file_in_place_of_a_folder_hides_what_was_in_it() -> None:
    assert names(
        entry("d", in_layer=0, kind="directory"), entry("d/a", in_layer=0), entry("d", in_layer=1)
    ) == ["d"]


def test_an_opaque_root_hides_everything() -> None:
    assert (
        names(entry("a/b", in_layer=0), entry(".", in_layer=1, kind="directory", opaque=True)) == []
    )
