"""A syntax error is shown where a person has to edit, not where a parser gave up."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagekit.errors import SourceSyntaxError
from imagekit.project.elixir.parse import parse
from tests.unit.project.trees import read

# The mistake is marked: «» stands before the character that the error has to name.
MISTAKES = {
    "an end is missing in the middle": """
defmodule A do
  def project «»do
    [app: :a]

  defp deps do
    []
  end
end
""",
    "the last end is missing": """
defmodule A «»do
  def project do
    [app: :a]
  end
""",
    "an end too many": """
defmodule A do
  def project do
    [app: :a]
  end
  «»end
end
""",
    "an end too many, without any indentation": """
x = 1
«»end
""",
    "a do is missing": """
defmodule A do
  def project
    [app: :a]
  «»end
end
""",
    "a bracket is never closed": """
defmodule A do
  def project do
    «»[
      app: :a,
      version: "1"
  end
end
""",
    "an inner bracket is never closed": """
defmodule A do
  defp deps do
    [
      {:a, "1", only: «»[:dev, :test},
      {:b, "2"}
    ]
  end
end
""",
    "a brace is never closed": """
defmodule A do
  defp deps do
    [
      «»{:a, "1",
      {:b, "2"}
    ]
  end
end
""",
    "a parenthesis is never closed": "x = foo«»(1, [2]\n",
    "a closer of another kind": "x = foo(1, «»[2)\n",
    "a closer without an opener": "x = [1, 2]«»]\n",
    "a fn without its end": "x = Enum.map(list, «»fn x -> x)\n",
    "the file is cut off": """
defmodule A do
  def project do
    «»[app: :a,
""",
    "a string is never closed": """
defmodule A do
  def project do
    [app: :a, version: «»"1]
  end
end
""",
    "a string swallows the beginning of the next": """
defmodule A do
  def project do
    [app: :a, version: «»"1,
     deps: [{:b, "~> 2"}]]
  end
end
""",
    "a heredoc is never closed": """
defmodule A do
  @doc «»\"\"\"
  Some words.
  def project, do: 1
end
""",
    "a sigil is never closed": """
defmodule A do
  def project, do: ~w«»(a b
end
""",
    "a comma is missing": """
defmodule A do
  def project do
    [
      app: :a
      «»version: "1"
    ]
  end
end
""",
    "a comma is missing before a comment": """
defmodule A do
  defp deps do
    [
      {:a, "1"}
      # not this one
      «»{:b, "2"}
    ]
  end
end
""",
    "a comma too many": "x = [app: :a,«», b: 1]\n",
    "an operator without its right side": "x = 1 +«»\n",
    "two values": "x = [1 «»2]\ny = 3\n",
    "conflict markers": """
%{
  "a": {:hex, :a, "1"},
«»<<<<<<< HEAD
  "b": {:hex, :b, "1"},
=======
  "b": {:hex, :b, "2"},
>>>>>>> theirs
}
""",
    "columns count characters, not bytes": 'x = [é: "é€", «»}]\n',
    "a control character": "x = 1\n y = «»\x00\n",
}

VALID = {
    "nothing": "",
    "a comment": "# nothing\n",
    "a function named end": "x = range.end\ny = Foo.end(1)\n",
    "keywords named like reserved words": "x = [do: 1, end: 2, fn: 3]\n",
    "an attribute and a capture": "x = &Enum.map/2\n@end_of_life 1\n",
    "quotes in sigils and characters": 'x = ~s(") <> <<?">> <> ~S\'"\'\n',
    "windows line ends": "x = [\r\n  1\r\n]\r\n",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_error_points_at_the_mistake(name: str) -> None:
    text = MISTAKES[name].lstrip("\n")
    before = text[: text.index("«»")]
    with pytest.raises(SourceSyntaxError) as raised:
        parse(text.replace("«»", ""), "mix.exs")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    assert (raised.value.file, raised.value.line, raised.value.column) == ("mix.exs", line, column)


COMMAS = {
    "in a list of keys": ('x = [\n  app: :a,\n  version: "1"  # c\n\n  deps: []\n]\n', 3),
    "in a list of tuples": ('x = [\n  {:a, "1"}\n  {:b, "2"}\n]\n', 2),
    "in a map": ("x = %{\n  a: b()\n  c: 1\n}\n", 2),
    "in a call": ("foo(\n  1\n  2\n)\n", 2),
    "in a call without parentheses": ('config :a, B,\n  url: [host: "x"]\n  http: [ip: 1]\n', 2),
    "behind a heredoc": ('x = [\n  a: """\n  b\n  """\n  c: 1\n]\n', 4),
}
NO_COMMAS = {
    "an operator waits": "x = [\n  1 +\n]\n",
    "a closer too many": "def a do\n  x = 1\n  )\nend\n",
    "on one line": "x = [1 2]\n",
    "behind a comma": "x = [\n  1,\n  , 2\n]\n",
    "a statement of a block": "x = [fn ->\n  a\n  ] end\n",
    "a conflict": "x = [\n  1\n<<<<<<< HEAD\n]\n",
}


@pytest.mark.parametrize("name", COMMAS)
def test_a_comma_that_was_forgotten_is_said_with_its_line(name: str) -> None:
    text, line = COMMAS[name]
    with pytest.raises(SourceSyntaxError) as raised:
        parse(text, "mix.exs")
    assert raised.value.comma_after == line
    assert f"A comma may be missing at the end of line {line}" in raised.value.advice


@pytest.mark.parametrize("name", NO_COMMAS)
def test_a_comma_is_not_missed_elsewhere(name: str) -> None:
    with pytest.raises(SourceSyntaxError) as raised:
        parse(NO_COMMAS[name], "mix.exs")
    assert raised.value.comma_after is None


@pytest.mark.parametrize("name", VALID)
def test_valid_code_has_no_mistake(name: str) -> None:
    assert parse(VALID[name], "mix.exs").file == "mix.exs"


def test_a_mistake_in_a_huge_file_is_found_too() -> None:
    filler = "# nothing\n" * 20_000
    with pytest.raises(SourceSyntaxError) as raised:
        parse(f"{filler}x = [1,, 2]\n", "mix.exs")
    assert raised.value.line == 20_001
    with pytest.raises(SourceSyntaxError) as raised:
        parse(f"{filler}x = [1, 2\n", "mix.exs")
    assert (raised.value.line, raised.value.column) == (20_001, 5)


def test_bytes_that_are_no_text_are_shown_in_place() -> None:
    text = b'x = 1\ny = "a\xff"\n'.decode(errors="surrogateescape")
    with pytest.raises(SourceSyntaxError) as raised:
        parse(text, "mix.exs")
    assert (raised.value.line, raised.value.column) == (2, 7)
    assert raised.value.excerpt == 'y = "a\N{REPLACEMENT CHARACTER}"'


def test_an_excerpt_cannot_speak_to_the_terminal() -> None:
    with pytest.raises(SourceSyntaxError) as raised:
        parse("\tx = \x1b]0;title\x07 [", "mix.exs")
    assert raised.value.excerpt.isprintable()
    assert raised.value.excerpt.startswith(" x = ")


def test_a_long_line_is_cut_behind_the_mistake() -> None:
    with pytest.raises(SourceSyntaxError) as raised:
        parse(f"x = [1,, {'2, ' * 1000}]", "mix.exs")
    assert raised.value.column == 8
    assert len(raised.value.excerpt) < 100


def test_the_error_names_the_file_of_the_project() -> None:
    umbrella = {
        "mix.exs": 'defmodule U do\n use Mix.Project\n def project, do: [apps_path: "apps"]\nend'
    }
    with pytest.raises(SourceSyntaxError) as raised:
        read(umbrella | {"apps/web/mix.exs": "defmodule W do\n"})
    assert (raised.value.file, raised.value.line, raised.value.column) == (
        "apps/web/mix.exs",
        1,
        13,
    )


@pytest.mark.parametrize("file", ["config/config.exs", "config/runtime.exs", "mix.lock"])
def test_every_file_that_a_build_evaluates_has_to_parse(file: str) -> None:
    with pytest.raises(SourceSyntaxError) as raised:
        read({file: "import Config\nx = [1,\n"})
    assert (raised.value.file, raised.value.line) == (file, 2)


def test_a_file_that_production_does_not_evaluate_need_not_parse() -> None:
    files = {
        "config/config.exs": 'import Config\nimport_config "#{config_env()}.exs"\n',
        "config/dev.exs": "config [",
        "config/prod.exs": "import Config\n",
    }
    assert len(read(files).config) == len(files)


def test_the_grammar_of_elixir_is_not_loaded_by_an_import() -> None:
    source = Path("imagekit/project/elixir/grammar.py").read_text(encoding="utf-8")
    assert "\nimport tree_sitter" not in source
    assert "\nfrom tree_sitter" not in source
