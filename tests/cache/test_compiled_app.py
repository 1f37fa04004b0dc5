"""The app compiled from where the last build left it, and compiled cold: file for file the same.

Edits are made in one container, all that can be told apart by their files in one step.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.cache.test_compiled import Run, inside

__all__ = ["inside"]

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SOURCES: Final = """
-- macros.ex
defmodule Macros do
  defmacro answer, do: 1
end
-- uses.ex
defmodule Uses do
  require Macros
  def answer, do: Macros.answer()
end
-- point.ex
defmodule Point do
  defstruct [:x]
end
-- match.ex
defmodule Match do
  def x(%Point{} = point), do: point
  def new, do: %Point{}
end
-- size.ex
defprotocol Size do
  def of(value)
end
-- same.ex
defmodule Same do
  def value, do: 1
end
-- gone.ex
defmodule Gone do
end
-- old.ex
defmodule Old do
end
-- plugins/one.ex
defmodule Plugins.One do
end
-- plugins.ex
defmodule Plugins do
  @all Path.wildcard("lib/plugins/*.ex")
  def all, do: @all
end
-- text.ex
defmodule Text do
  @external_resource "priv/text"
  @text File.read!("priv/text")
  def text, do: @text
end
-- page.ex
defmodule Page do
  require EEx
  EEx.function_from_file(:def, :page, "lib/page.eex")
end
-- page.eex
one
-- own.ex
defmodule Own do
  @got Application.get_env(:{app}, :got)
  @key Application.compile_env(:{app}, :key)
  def all, do: {@got, @key}
end
-- version.ex
defmodule Version0 do
  @version Mix.Project.config()[:version]
  def version, do: @version
end
-- indirect.ex
defmodule Indirect do
  require {stamp}
  def version, do: {stamp}.version()
end
-- lines.ex
defmodule Lines do
  @lines File.read!("mix.exs")
  def lines, do: @lines
end
-- named.ex
defmodule Named do
  @gone Code.ensure_compiled(Module.concat(["Gone"]))
  def gone, do: @gone
end
-- listed.ex
defmodule Listed do
  @all elem(System.cmd("ls", ["lib"]), 0)
  def all, do: @all
end
"""
LIB: Final = {
    name: text for name, _, text in (each.partition("\n") for each in SOURCES.split("\n-- ")[1:])
}
# What Mix does not track; these are compiled in every build.
READS: Final = {
    "plugins.ex",
    "page.ex",
    "version.ex",
    "indirect.ex",
    "lines.ex",
    "listed.ex",
    "named.ex",
}
STAMP: Final = "defmodule {stamp} do\n  defmacro version, do: Mix.Project.config()[:version]\nend\n"

MANY: Final = """
    sed -i 's/answer, do: 1/answer, do: 2/' lib/macros.ex
    sed -i 's/:x\\]/:x, :y]/' lib/point.ex
    sed -i 's/value, do: 1/value, do: 2/' lib/same.ex; touch -d 2001-01-01 lib/same.ex
    rm lib/gone.ex; mv lib/old.ex lib/new.ex; sed -i 's/Old/New/' lib/new.ex
    echo 'defmodule Plugins.Two do\nend' >lib/plugins/two.ex
    echo 'defimpl Size, for: Point do\n  def of(_), do: 2\nend' >lib/impl.ex
    printf two >lib/page.eex
"""
VERSION: Final = 'sed -i \'s/version: "0.0.0"/version: "0.0.1"/\' mix.exs'
CONFIGURATION: Final = """
    echo 'import Config; config :{app}, got: 2, key: 2' >{root}/config/config.exs
    printf 2 >priv/text
"""


def script(app: str, stamp: str) -> str:
    """Give shell that writes the app into the folder it is in."""
    files = {f"lib/{name}": text for name, text in LIB.items()} | {"priv/text": "1"}
    written = (
        f"mkdir -p $(dirname {name})\ncat >{name} <<'END'\n{text}\nEND\n"
        for name, text in files.items()
    )
    return "".join(written).replace("{app}", app).replace("{stamp}", stamp)


RESULT: Final = "find _build -type f ! -path '*/.mix/*' -exec sha256sum {} + | sort -k 2"


def compiled(inside: Run, root: str, edit: str = "") -> tuple[str, str]:
    """Compile as a build does, and cold; give what the first said, and hold both to be the same."""
    told = inside(f"""
        cd {root}
        {edit}
        cd {root}
        rm -rf _build; cp -a /built{root} _build
        /imagekit/compile-app mix compile
    """)
    incremental = inside(f"cd {root}; {RESULT}")
    cold = inside(f"cd {root}; rm -rf _build; cp -a /built{root} _build; mix compile >&2; {RESULT}")
    assert incremental == cold
    return told, cold


def count(told: str) -> tuple[str, int]:
    found = re.search(r"app compiled (whole|what changed): (\d+) modules", told)
    assert found, told
    return found[1], int(found[2])


def test_a_plain_app_is_compiled_from_where_it_was_left(inside: Run) -> None:
    stamp = STAMP.replace("{stamp}", "TinyRouter.Stamp")
    inside(f"""
        cp -a /build /plain; cd /plain; rm -rf _build lib; mkdir -p config /built
        cat >deps/tiny_router/lib/stamp.ex <<'END'
{stamp}END
        echo 'import Config; config :hello_web, got: 1, key: 1' >config/config.exs
        {script("hello_web", "TinyRouter.Stamp")}
        mix deps.compile; cp -a _build /built/plain
    """)
    told, first = compiled(inside, "/plain")
    modules = len(LIB) - 1
    assert count(told) == ("whole", modules)
    told, again = compiled(inside, "/plain")
    assert (count(told), again) == (("what changed", len(READS)), first)
    assert {name for name in LIB if f"lib/{name} is compiled in every build" in told} == READS

    told, edited = compiled(inside, "/plain", MANY)
    # Macros, Uses, Point, Match, Same, New, Plugins.Two, the implementation; what reads.
    assert count(told) == ("what changed", 8 + len(READS))
    assert edited != first
    told, bumped = compiled(inside, "/plain", VERSION)
    assert count(told) == ("what changed", len(READS))
    assert bumped != edited
    told, _ = compiled(inside, "/plain", CONFIGURATION.format(app="hello_web", root="."))
    assert count(told)[0] == "whole"

    inside("for entry in /compiled/app/*; do printf x >>$entry; done")
    told, _ = compiled(inside, "/plain")
    assert "is not what was stored: dropped" in told
    assert count(told)[0] == "whole"


def test_an_umbrella_is_compiled_from_where_it_was_left(inside: Run) -> None:
    child = """
        cat >apps/{name}/mix.exs <<'END'
defmodule {module}.MixProject do
  use Mix.Project
  def project do
    [
      app: :{name}, version: "0.0.0", deps: {deps}, build_path: "../../_build",
      config_path: "../../config/config.exs", deps_path: "../../deps", lockfile: "../../mix.lock"
    ]
  end
end
END
"""
    inside(f"""
        mkdir -p /umbrella/config /umbrella/apps/one/lib /umbrella/apps/two /built/umbrella
        cd /umbrella
        cat >mix.exs <<'END'
defmodule Root do
  use Mix.Project
  def project, do: [apps_path: "apps", deps: []]
end
END
        echo 'import Config; config :two, got: 1, key: 1' >config/config.exs
        {child.format(name="one", module="One", deps="[]")}
        {child.format(name="two", module="Two", deps="[{:one, in_umbrella: true}]")}
        cat >apps/one/lib/stamp.ex <<'END'
{STAMP.replace("{stamp}", "One.Stamp")}END
        cd apps/two
        {script("two", "One.Stamp")}
    """)
    told, first = compiled(inside, "/umbrella")
    assert count(told) == ("whole", len(LIB))
    told, _ = compiled(inside, "/umbrella", f"cd apps/two\n{MANY}")
    assert count(told) == ("what changed", 8 + len(READS))
    # A macro of a sibling: Mix compiles what is compiled with it.
    changed = "sed -i 's/do: Mix/do: IO.inspect Mix/' apps/one/lib/stamp.ex"
    told, edited = compiled(inside, "/umbrella", f"{changed}\ncd apps/two\n{VERSION}")
    assert count(told)[0] == "what changed"
    assert edited != first
