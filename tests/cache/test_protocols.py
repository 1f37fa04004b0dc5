"""Protocols consolidated from where the last build left them, and from nothing: the same files.

`compiled` holds both to be equal, the consolidated ones among them.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.cache.test_compiled import Run, inside
from tests.cache.test_compiled_app import compiled, count, plain

__all__ = ["inside"]

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PROTOCOL: Final = "defprotocol Area do\n  def of(shape)\nend"
DERIVED: Final = "defmodule Square do\n  @derive Area\n  defstruct [:side]\nend"
BY_HAND: Final = """defmodule Square do
  defstruct [:side]
  defimpl Area do
    def of(square), do: square.side * square.side
  end
end"""
# In the first two the implementation for Square keeps its name, and has another body.
STEPS: Final = (
    ("derived, then by hand", f"printf '%s' '{BY_HAND}' >lib/square.ex"),
    ("by hand, then derived", f"printf '%s' '{DERIVED}' >lib/square.ex"),
    ("derived no more", "printf 'defmodule Square do\n  defstruct [:side]\nend' >lib/square.ex"),
    (
        "the protocol falls back",
        "sed -i 's/def of/@fallback_to_any true\\n  &/' lib/area.ex",
    ),
    ("one of Elixir's is implemented", "mv text.ex lib/text.ex"),
    ("and is not any more", "rm lib/text.ex"),
    ("a protocol is new", "printf 'defprotocol Edge do\n  def of(shape)\nend' >lib/edge.ex"),
    ("and gone", "rm lib/edge.ex"),
    ("one that is implemented is gone", "rm lib/area.ex lib/any.ex"),
)


def test_protocols_are_those_of_a_build_from_nothing(inside: Run) -> None:
    inside(f"""
        cp -a /build /shapes; cd /shapes; rm -rf _build lib; mkdir -p config lib /built
        echo 'import Config' >config/config.exs
        printf '%s' '{PROTOCOL}' >lib/area.ex
        printf 'defimpl Area, for: Any do\n  def of(_), do: 0\nend' >lib/any.ex
        printf '%s' '{DERIVED}' >lib/square.ex
        printf 'defimpl String.Chars, for: Square do\n  def to_string(_), do: "s"\nend' >text.ex
        mix deps.compile; cp -a _build /built/shapes
    """)
    told, before = compiled(inside, "/shapes")
    assert count(told)[0] == "whole"
    assert "consolidated/Elixir.Area.beam" in before
    told, again = compiled(inside, "/shapes")
    assert (count(told)[0], again) == ("what changed", before)
    for name, edit in STEPS:
        told, after = compiled(inside, "/shapes", edit)
        assert count(told)[0] == "what changed", name
        assert after != before, name
        plain(inside, "/shapes")
        before = after
