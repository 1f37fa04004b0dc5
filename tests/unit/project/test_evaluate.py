"""What an expression in `project/0` is worth, and what stays unknown."""

from __future__ import annotations

import pytest

from imagekit.project.elixir.evaluate import Evaluator
from imagekit.project.elixir.module import modules
from imagekit.project.elixir.parse import parse
from imagekit.project.elixir.terms import (
    Atom,
    ListTerm,
    MapTerm,
    Scalar,
    Term,
    TupleTerm,
    option,
)
from imagekit.resolved import Unknown

LITERALS = {
    ":web": Atom(name="web"),
    ':"web app"': Atom(name="web app"),
    "Foo.Bar": Atom(name="Elixir.Foo.Bar"),
    '"text"': "text",
    r'"a\tb\"\u00e9\x41\
c"': 'a\tb"éAc',
    "'charlist'": "charlist",
    "true": True,
    "false": False,
    "nil": None,
    "1_000": 1000,
    "0x1F": 31,
    "0b101": 5,
    "007": 7,
    "-3": -3,
    "1.5e3": 1500.0,
    "[1, 2]": [1, 2],
    "[a: 1]": [("a", 1)],
    '["a.b": 1]': [("a.b", 1)],
    "[1 | [2, 3]]": [1, 2, 3],
    "[:a, b: 1]": [Atom(name="a"), ("b", 1)],
    '{:a, "1", only: :dev}': ("a", "1", [("only", Atom(name="dev"))]),
    "{}": (),
    '%{"a" => 1, :b => 2}': {"a": 1, "b": 2},
    '%{"a": 1}': {"a": 1},
    "[1] ++ [2] ++ []": [1, 2],
    '"a" <> "b"': "ab",
    '"#{:a}-#{1}-#{"b"}"': "a-1-b",
    "~w(a b)": ["a", "b"],
    "~w(a b)a": [Atom(name="a"), Atom(name="b")],
    "~s(a)": "a",
    "(1)": 1,
    "fn -> [a: 1] end": [("a", 1)],
    "@version": "1.2.3",
    '"v#{@version}"': "v1.2.3",
    "helper()": [("x", 1)],
    "helper": [("x", 1)],
    'named("b", 2)': [("b", 2)],
    "steps()": "1.2.3-rc",
    "with_comments()": [1],
}

COMPUTED = (
    'System.get_env("VERSION")',
    "Mix.env()",
    'File.read!("VERSION") |> String.trim()',
    "if(true, do: 1)",
    "clauses(:a)",
    "guarded(1)",
    "missing()",
    "@missing",
    "@late",
    "1 + 1",
    '"a" <> missing()',
    '"#{missing()}"',
    "&helper/0",
    "%Foo{a: 1}",
    "%{x | a: 1}",
    "~D[2020-01-01]",
    "fn a -> a end",
    "-:a",
    "9" * 5000,
    "forever()",
)

MODULE = """
defmodule Shop.MixProject do
  use Mix.Project

  @version "0.0.1"
  @version "1.2.3"

  def under_test do
    {expression}
  end

  @late 1

  defp helper, do: [x: 1]
  defp named(name, value), do: [{{name, value}}]
  defp clauses(:a), do: 1
  defp clauses(_), do: 2
  defp guarded(a) when is_integer(a), do: a
  defp forever, do: forever()
  defp doubling, do: doubling() ++ doubling()

  defp steps do
    # the last expression counts
    pre = "rc"
    version = @version
    "#{{version}}-#{{pre}}"
  end

  defp with_comments do
    [
      # one
      1
      # two
    ]
  end
end
"""


def worth(expression: str) -> Term:
    source = parse(MODULE.format(expression=expression), "mix.exs")
    term = Evaluator(modules(source)[0]).function("under_test")
    assert term is not None
    return term


def value(term: Term) -> object:
    match term:
        case Scalar():
            return term.value
        case ListTerm():
            return [value(item) for item in term.items]
        case TupleTerm():
            first, *rest = [value(item) for item in term.items] or [None]
            name = first.name if isinstance(first, Atom) else first
            return (name, *rest) if term.items else ()
        case MapTerm():
            keys = [value(key) for key, _ in term.pairs]
            names = [key.name if isinstance(key, Atom) else key for key in keys]
            return dict(zip(names, [value(each) for _, each in term.pairs], strict=True))
        case Unknown():
            return term


@pytest.mark.parametrize("expression", LITERALS)
def test_what_is_written_out_is_known(expression: str) -> None:
    assert value(worth(expression)) == LITERALS[expression]


@pytest.mark.parametrize("expression", COMPUTED, ids=lambda text: text[:40])
def test_what_is_computed_is_unknown(expression: str) -> None:
    assert isinstance(worth(expression), Unknown)


def test_an_unknown_says_what_stands_there_and_where() -> None:
    assert worth('System.get_env("VERSION")') == Unknown(
        reason='`System.get_env("VERSION")` is known only by running it', source="mix.exs:9"
    )


def test_a_heredoc_loses_the_indentation_of_its_end() -> None:
    assert value(worth('"""\n      a\n        b\n      """')) == "a\n  b\n"


def test_a_list_keeps_what_is_known_of_it() -> None:
    term = worth("[a: 1] ++ missing() ++ [b: 2]")
    assert value(option(term, "a") or worth("nil")) == 1
    assert isinstance(option(term, "b"), Unknown), "what is not known may set it first"
    assert isinstance(option(term, "c"), Unknown)
    assert option(worth("[a: 1]"), "c") is None


def test_code_that_repeats_itself_ends() -> None:
    term = worth("doubling()")
    assert isinstance(term, ListTerm)
    assert all(isinstance(item, Unknown) for item in term.items)


def test_deep_nesting_ends_in_an_unknown() -> None:
    term = worth("[" * 500 + "]" * 500)
    for _ in range(100):
        if isinstance(term, ListTerm):
            term = term.items[0]
    assert isinstance(term, Unknown)


def test_the_last_module_that_uses_mix_project_is_the_project() -> None:
    text = "defmodule A do\n defmodule B do\n end\nend\ndefmodule C do\nend\n"
    assert [each.name for each in modules(parse(text, "mix.exs"))] == ["A.B", "A", "C"]
