"""What the running VM is asked of the secrets that it was given: does its configuration have them?

The VM looks for the values itself, which are in its environment: none is in the question, in the
answer or in a log. Pure: the question, and what an answer says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

# Anonymous functions that are given themselves, for `rpc` evaluates and defines no module. A term
# may be anything: a charlist, an improper list, a function that closes over the value. Shorter
# values may be in a configuration by chance. What the build wrote is in the release's sys.config,
# whatever runtime configuration made of it since.
_QUESTION: Final = """
holds = fn holds, term, given ->
  cond do
    is_binary(term) -> :binary.match(term, given) != :nomatch
    is_tuple(term) -> holds.(holds, Tuple.to_list(term), given)
    is_map(term) -> holds.(holds, :maps.to_list(term), given)
    is_function(term) -> holds.(holds, elem(:erlang.fun_info(term, :env), 1), given)
    is_list(term) and term != [] ->
      term == :erlang.binary_to_list(given) or holds.(holds, hd(term), given) or
        holds.(holds, tl(term), given)
    true -> false
  end
end

under = fn under, term, key ->
  case term do
    {name, value} when is_atom(name) and is_binary(value) ->
      if Atom.to_string(name) == key, do: [value], else: []
    [head | tail] -> under.(under, head, key) ++ under.(under, tail, key)
    _other when is_tuple(term) -> under.(under, Tuple.to_list(term), key)
    _other when is_map(term) -> under.(under, :maps.to_list(term), key)
    _other -> []
  end
end

loaded = for {app, _, _} <- Application.loaded_applications(), do: app
running = for app <- loaded, do: {app, Application.get_all_env(app)}
running = [{:cookie, Atom.to_string(Node.get_cookie())} | running]
root = System.get_env("RELEASE_ROOT") || System.get_env("RELEASE_ROOT_DIR") || ""
version = System.get_env("RELEASE_VSN") || System.get_env("REL_VSN") || ""

built =
  case :file.consult(to_charlist(Path.join([root, "releases", version, "sys.config"]))) do
    {:ok, [found | _]} when is_list(found) -> for {app, values} <- found, do: {app, values}
    _other -> []
  end

for name <- NAMES do
  given = System.get_env(name) || ""
  decoded = case Base.decode64(given) do
    {:ok, bytes} -> [bytes]
    :error -> []
  end
  forms = for form <- [given | decoded], byte_size(form) >= 8, do: form
  has = for {app, values} <- running, Enum.any?(forms, &holds.(holds, values, &1)), do: app
  key = String.downcase(name)
  of_the_build = for {app, values} <- running,
    here = under.(under, values, key),
    here != [] and here -- under.(under, built[app], key) == [],
    do: app
  IO.puts("imagekit has_#{name}=#{Enum.join(has, " ")}")
  IO.puts("imagekit built_#{name}=#{Enum.join(of_the_build, " ")}")
end
"""


@dataclass(frozen=True, kw_only=True)
class Use:
    """What became of one variable."""

    name: str
    has: tuple[str, ...]
    """Applications whose configuration has its value, as it was given or decoded (Base64).

    `cookie` is the node's own.
    """
    built: tuple[str, ...]
    """Those whose configuration has a key of its name, with what the build wrote there."""


def question(names: Iterable[str]) -> str:
    """Give the expression that `rpc` evaluates; empty where there is nothing to ask.

    An answer of its own says what went wrong, if anything: other questions are asked beside it.
    """
    listed = sorted(names)
    if not listed:
        return ""
    # A list of names is written alike in JSON and in Elixir.
    asked = _QUESTION.replace("NAMES", json.dumps(listed))
    return f"try do\n{asked}\nrescue\n  _error -> :unknown\nend\n"


def uses(names: Iterable[str], told: Mapping[str, str]) -> tuple[Use, ...]:
    """Read the answer; what it does not tell of is left out."""
    return tuple(
        Use(
            name=name,
            has=tuple(sorted(told[f"has_{name}"].split())),
            built=tuple(sorted(told[f"built_{name}"].split())),
        )
        for name in sorted(names)
        if f"has_{name}" in told and f"built_{name}" in told
    )
