"""Environment variables of `config/runtime.exs`: required, with a default, or neither."""

from __future__ import annotations

import pytest

from imagekit.project.model import EnvironmentVariable
from tests.unit.project.trees import mix_exs, read, runtime

REQUIRED, OPTIONAL, CONDITIONAL = "required", "optional", "conditional"

READINGS = {
    'System.fetch_env!("X")': (REQUIRED, None),
    'System.get_env("X") || raise "missing"': (REQUIRED, None),
    'System.get_env("X") || raise """\nX is missing\n"""': (REQUIRED, None),
    '(System.get_env("X") || raise("missing"))': (REQUIRED, None),
    'System.get_env("X") || System.halt(1)': (REQUIRED, None),
    '"X" |> System.fetch_env!() |> String.trim()': (REQUIRED, None),
    '"X" |> System.get_env() || raise "missing"': (REQUIRED, None),
    'String.to_integer(System.get_env("X"))': (REQUIRED, None),
    'System.get_env("X") |> String.split(",")': (REQUIRED, None),
    'case System.get_env("X") do\n nil -> raise "missing"\n x -> x\nend': (REQUIRED, None),
    'case System.fetch_env("X") do\n {:ok, x} -> x\n :error -> raise "missing"\nend': (
        REQUIRED,
        None,
    ),
    'unless System.get_env("X"), do: raise "missing"': (REQUIRED, None),
    'System.get_env("X", "default")': (OPTIONAL, "default"),
    'System.get_env("X") || "default"': (OPTIONAL, "default"),
    'System.get_env("X") || 4000': (OPTIONAL, "4000"),
    'System.get_env("X") || :info': (OPTIONAL, "info"),
    'System.get_env("X") || false': (OPTIONAL, "false"),
    'System.get_env("X") || default()': (OPTIONAL, None),
    'System.get_env("X", default()) |> String.trim()': (OPTIONAL, None),
    'String.to_integer(System.get_env("X") || "4000")': (OPTIONAL, "4000"),
    'String.to_integer(System.get_env("X", "4000"))': (OPTIONAL, "4000"),
    '"X" |> System.get_env("4000") |> String.to_integer()': (OPTIONAL, "4000"),
    'System.get_env("X")': (OPTIONAL, None),
    'System.fetch_env("X")': (OPTIONAL, None),
    'if System.get_env("X"), do: config(:a, b: 1)': (OPTIONAL, None),
    'if System.get_env("X") do\n config :a, b: 1\nend': (OPTIONAL, None),
    'System.get_env("X") in ~w(true 1)': (OPTIONAL, None),
    'config :a, b: System.get_env("X")': (OPTIONAL, None),
    'config :a, b: "http://#{System.fetch_env!("X")}"': (REQUIRED, None),
    'if System.get_env("Y") do\n System.fetch_env!("X")\nend': (CONDITIONAL, None),
    'if a(), do: 1, else: System.fetch_env!("X")': (CONDITIONAL, None),
    'a() && System.fetch_env!("X")': (CONDITIONAL, None),
    'a() || System.fetch_env!("X")': (CONDITIONAL, None),
    'for _ <- a(), do: System.fetch_env!("X")': (CONDITIONAL, None),
    'f = fn -> System.fetch_env!("X") end': (CONDITIONAL, None),
    'case a() do\n 1 -> System.fetch_env!("X")\nend': (CONDITIONAL, None),
    'cond do\n a() -> System.fetch_env!("X")\nend': (CONDITIONAL, None),
    'defmodule A do\n def b, do: System.fetch_env!("X")\nend': (CONDITIONAL, None),
}


@pytest.mark.parametrize("code", READINGS)
def test_how_a_variable_is_read_tells_what_it_is(code: str) -> None:
    kind, default = READINGS[code]
    variable = runtime(f"import Config\n\n{code}\n")["X"]
    assert variable == EnvironmentVariable(
        name="X",
        required=kind == REQUIRED,
        default=default,
        conditional=kind == CONDITIONAL,
        source=variable.source,
    )


IN_FORCE = {
    "if config_env() == :prod do\n{}\nend": True,
    "if config_env() != :prod do\n{}\nend": False,
    "if :prod == config_env(), do: {}": True,
    "if config_env() == :dev do\n{}\nend": False,
    "if config_env() == :test, do: {}": False,
    "if config_env() == :dev do\n1\nelse\n{}\nend": True,
    "if config_env() == :prod, do: 1, else: {}": False,
    "if Mix.env() == :prod do\n{}\nend": True,
    "if Config.config_env() in [:prod, :staging] do\n{}\nend": True,
    "if config_env() in ~w(dev test)a do\n{}\nend": False,
    "if config_env() not in [:dev, :test] do\n{}\nend": True,
    "if not (config_env() == :dev) do\n{}\nend": True,
    "if !(config_env() == :prod) do\n{}\nend": False,
    "if config_env() == :prod and true do\n{}\nend": True,
    "if config_env() == :dev && a() do\n{}\nend": False,
    "if config_env() == :prod or a() do\n{}\nend": True,
    "unless config_env() == :prod do\n{}\nend": False,
    "unless config_env() == :test do\n{}\nend": True,
    "env = config_env()\nif env == :dev do\n{}\nend": False,
    "env = config_env()\nif env == :prod do\n{}\nend": True,
    "case config_env() do\n:prod -> {}\n_ -> 1\nend": True,
    "case config_env() do\n:dev -> {}\n_ -> 1\nend": False,
    "case config_env() do\n:dev -> 1\n_ -> {}\nend": True,
    "case config_env() do\n:prod -> 1\n_ -> {}\nend": False,
    "cond do\nconfig_env() == :dev -> {}\ntrue -> 1\nend": False,
    "cond do\nconfig_env() == :prod -> {}\ntrue -> 1\nend": True,
    "cond do\nconfig_env() == :dev -> 1\ntrue -> {}\nend": True,
    "cond do\nconfig_env() == :prod -> 1\ntrue -> {}\nend": False,
}


@pytest.mark.parametrize("code", IN_FORCE)
def test_only_what_production_evaluates_counts(code: str) -> None:
    found = runtime("import Config\n" + code.replace("{}", 'System.fetch_env!("X")'))
    assert ("X" in found) is IN_FORCE[code]
    assert all(each.required and not each.conditional for each in found.values())


def test_a_condition_that_is_half_known_leaves_a_variable_conditional() -> None:
    code = 'if config_env() == :prod and a() do\nSystem.fetch_env!("X")\nend'
    variable = runtime(code)["X"]
    assert (variable.required, variable.conditional) == (False, True)


@pytest.mark.parametrize(
    "condition",
    [
        "target == :prod",
        "config_env() in [:prod, other()]",
        "config_env() == other()",
        "config_env() in other()",
        "config_env() > :prod",
        ":prod",
        "other(config_env())",
    ],
)
def test_what_is_no_comparison_with_the_environment_is_a_condition(condition: str) -> None:
    variable = runtime(f'if {condition} do\nSystem.fetch_env!("X")\nend')["X"]
    assert (variable.required, variable.conditional) == (False, True)


def test_alternatives_are_named_at_the_first() -> None:
    code = 'System.get_env("A") || System.get_env("B") || System.fetch_env!("C")'
    found = runtime(f"x = {code}\n")
    assert not found["A"].required, "C fails without any word of A"
    code = 'System.get_env("A") || System.get_env("B") || raise "neither"'
    found = runtime(f"x = {code}\n")
    assert (found["A"].required, found["A"].alternatives) == (True, ("B",))
    assert (found["B"].required, found["B"].conditional) == (False, False)


def test_the_strictest_of_several_readings_decides() -> None:
    found = runtime(
        'System.get_env("X")\nif a(), do: System.get_env("X", "1")\nSystem.fetch_env!("X")\n'
    )
    assert found["X"] == EnvironmentVariable(
        name="X", required=True, default="1", source="config/runtime.exs:3"
    )


def test_variables_are_sorted_by_name() -> None:
    found = read({"config/runtime.exs": 'System.get_env("B")\nSystem.get_env("A")\n'}).environment
    assert [each.name for each in found] == ["A", "B"]


def test_a_computed_name_is_unknown_with_its_place() -> None:
    project = read({"config/runtime.exs": "import Config\nSystem.fetch_env!(name)\n"})
    assert project.environment == ()
    assert [each.source for each in project.unknowns] == ["config/runtime.exs:2"]


def test_the_whole_environment_and_compile_time_readings_are_none() -> None:
    files = {
        "config/config.exs": 'import Config\nconfig :a, b: System.get_env("BUILD")\n',
        "config/runtime.exs": "System.get_env()\n",
    }
    assert read(files).environment == ()


def test_system_tuples_of_compile_time_configuration_count() -> None:
    code = 'import Config\nconfig :shop, Shop.Endpoint, http: [port: {:system, "PORT"}]\n'
    (variable,) = read({"config/config.exs": code}).environment
    assert (variable.name, variable.required, variable.source) == (
        "PORT",
        False,
        "config/config.exs:2",
    )


def test_distillery_expands_variables_in_strings() -> None:
    code = 'use Mix.Config\nconfig :shop, url: "${HOST}:${PORT}"\n'
    files = {"config/config.exs": code, "rel/config.exs": "release :shop do\nend\n"}
    with_distillery = mix_exs(deps='{:distillery, "~> 2.1"}')
    names = [each.name for each in read(files | {"mix.exs": with_distillery}).environment]
    assert names == ["HOST", "PORT"]
    assert read(files).environment == ()


@pytest.mark.parametrize("depth", [10, 3000])
def test_deep_nesting_is_walked(depth: int) -> None:
    code = f'x = {"[" * depth}System.fetch_env!("X"){"]" * depth}\n'
    assert runtime(code)["X"].required
    runtime(f"if {'not ' * depth} a do\n1\nend\n")


def test_an_alternative_stands_under_the_condition_of_its_chain() -> None:
    chain = 'System.get_env("A") || System.get_env("B") || raise "neither"'
    assert not runtime(f"x = ({chain})\n")["B"].conditional
    assert runtime(f"if a() do\n{chain}\nend\n")["B"].conditional
    nested = 'System.get_env("A") || a(System.fetch_env!("B"))'
    assert runtime(nested)["B"].conditional
