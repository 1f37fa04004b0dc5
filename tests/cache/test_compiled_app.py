"""The app compiled from where the last build left it, and compiled cold: file for file the same.

Edits are made in one container, all that can be told apart by their files in one step.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
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
  def got, do: @got
end
-- tracked.ex
defmodule Tracked do
  @key Application.compile_env(:{app}, :key)
  def key, do: @key
end
-- through.ex
defmodule Through do
  require {stamp}
  def got, do: {stamp}.got()
end
-- all.ex
defmodule All do
  @other Application.get_all_env(:{app})[:other]
  def other, do: @other
end
-- worked.ex
defmodule Worked do
  @worked {stamp}.worked_out()
  def worked, do: @worked
end
-- worked_too.ex
defmodule WorkedToo do
  @worked {stamp}.worked_out()
  def worked, do: @worked
end
-- settings.ex
defmodule Settings do
  @version {project}.project()[:version]
  def version, do: @version
end
-- outside.ex
defmodule Outside do
  @all File.ls!("priv")
  def all, do: @all
end
-- made.ex
defmodule Made do
  File.write!("made.exs", "made")
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
-- migrations.ex
defmodule Migrations do
  @all Path.wildcard(Application.app_dir(:{app}, "priv/steps/*.exs"))
  def all, do: @all
end
-- locales.ex
for locale <- Application.get_env(:{app}_locales, :all, []) do
  defmodule Module.concat(Locales, locale) do
  end
end
-- amount.ex
defmodule Amount do
  defstruct []
  def new, do: %Amount{}
end
-- amount_text.ex
defimpl String.Chars, for: Amount do
  def to_string(_), do: "1"
end
-- label.ex
defmodule Label do
  @label "#{Amount.new()}"
  def label, do: @label
end
-- sets.ex
defmodule Sets do
  Application.put_env(:{app}_set, :value, 1)
end
-- was_set.ex
defmodule WasSet do
  require Sets
  @value Application.get_env(:{app}_set, :value)
  def value, do: @value
end
-- late.ex
defmodule Late do
  require Same
  @value Application.get_env(:{app}_late, :value)
  def value, do: @value
end
-- link.ex
defmodule Link do
  @text File.read!("priv/link")
  def text, do: @text
end
-- handler.ex
defmodule Handler do
  def topic, do: 1
end
-- topics.ex
defmodule Topics do
  @all Application.compile_env(:{app}_handlers, :all, [:"Elixir.Handler"])
  @topics Enum.map(@all, & &1.topic())
  def topics, do: @topics
end
-- registry.ex
defmodule Registry0 do
  def topics, do: {:ok, Handler.topic()}
end
-- reached.ex
defmodule Reached do
  @topics Registry0.topics()
  def topics, do: @topics
end
-- dated.ex
defmodule Dated do
  @day :erlang.date()
  def day, do: @day
end
-- there.ex
defmodule There do
  File.cd!(".")
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
# Compiled in every build: what they ask cannot be asked again, or they write.
ALWAYS: Final = {
    "version.ex",
    "indirect.ex",
    "settings.ex",
    "listed.ex",
    "named.ex",
    "made.ex",
    "label.ex",
    "sets.ex",
    "was_set.ex",
    "topics.ex",
    "dated.ex",
    "there.ex",
}
MODULES: Final = len(LIB) - len({"page.eex", "locales.ex"})
STAMP: Final = """
defmodule {stamp} do
  defmacro version, do: Mix.Project.config()[:version]
  defmacro got, do: Application.get_env(:{app}, :got)

  # As Phoenix does with its template engines: the first that asks keeps it for all.
  def worked_out do
    case Application.fetch_env(:phoenix_template, :compiled_template_engines) do
      {:ok, worked} ->
        worked

      :error ->
        worked = {:worked, Application.get_env(:{app}, :got)}
        Application.put_env(:phoenix_template, :compiled_template_engines, worked)
        worked
    end
  end
end
"""

MANY: Final = """
    sed -i 's/answer, do: 1/answer, do: 2/' lib/macros.ex
    sed -i 's/:x\\]/:x, :y]/' lib/point.ex
    sed -i 's/value, do: 1/value, do: 2/' lib/same.ex; touch -d 2001-01-01 lib/same.ex
    sed -i 's/topic, do: 1/topic, do: 2/' lib/handler.ex
    rm lib/gone.ex; mv lib/old.ex lib/new.ex; sed -i 's/Old/New/' lib/new.ex
    echo 'defmodule Plugins.Two do\nend' >lib/plugins/two.ex
    echo 'defimpl Size, for: Point do\n  def of(_), do: 2\nend' >lib/impl.ex
    printf two >lib/page.eex
    touch priv/seeds.exs priv/steps/two.exs
    sed -i 's/"1"/"2"/' lib/amount_text.ex
"""
# Who asked for folders and files that these edits change.
ASKED: Final = {"plugins.ex", "page.ex", "outside.ex", "migrations.ex"}
VERSION: Final = 'sed -i \'s/version: "0.0.0"/version: "0.0.1"/\' mix.exs'
# What each value of the app's own configuration decides.
GOT: Final = {"own.ex", "through.ex", "all.ex", "worked.ex", "worked_too.ex"}
KEY: Final = {"tracked.ex", "all.ex", "worked.ex", "worked_too.ex"}
OTHER: Final = {"all.ex", "worked.ex", "worked_too.ex"}


def configured(app: str, root: str, **values: int) -> str:
    """Give shell that writes the configuration of an app."""
    values = {"got": 1, "key": 1} | values
    settings = ", ".join(f"{key}: {value}" for key, value in values.items())
    return f"echo 'import Config; config :{app}, {settings}' >{root}/config/config.exs"


def script(app: str, stamp: str, project: str) -> str:
    """Give shell that writes the app into the folder it is in."""
    files = {f"lib/{name}": text for name, text in LIB.items()} | {
        "priv/text": "1",
        "priv/steps/one.exs": "",
    }
    written = (
        f"mkdir -p $(dirname {name})\ncat >{name} <<'END'\n{text}\nEND\n"
        for name, text in files.items()
    )
    text = "".join(written).replace("{app}", app) + "ln -s text priv/link\n"
    return text.replace("{stamp}", stamp).replace("{project}", project)


RESULT: Final = "find _build -type f ! -path '*/.mix/*' -exec sha256sum {} + | sort -k 2"


# What only the compiler and debuggers read is in the order in which a VM came to know its atoms.
WITHOUT_ORDER: Final = """elixir -e '
for path <- Path.wildcard("_build/**", match_dot: true),
    File.regular?(path), not String.contains?(path, "/.mix/") do
  bytes = File.read!(path)
  chunks = with ".beam" <- Path.extname(path), {:ok, _, all} <- :beam_lib.all_chunks(bytes) do
    for {name, bytes} <- all do
      {name, if(name in [~c"Dbgi", ~c"ExCk"], do: :erlang.binary_to_term(bytes), else: bytes)}
    end
  end
  text = if is_list(chunks), do: :erlang.term_to_binary(chunks, [:deterministic]), else: bytes
  IO.puts([path, " ", Base.encode16(:crypto.hash(:sha256, text))])
end'"""


def plain(inside: Run, root: str) -> None:
    """Hold what was compiled to be what Mix alone compiles."""
    ours = inside(f"cd {root}; {WITHOUT_ORDER}")
    again = f"cd {root}; rm -rf _build; cp -a /built{root} _build; mix compile >&2"
    assert "/ebin/" in ours
    assert inside(f"{again}; {WITHOUT_ORDER}") == ours


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
    cold = inside(f"""
        mkdir -p /run/secrets; echo cold >/run/secrets/imagekit_compiled
        cd {root}; rm -rf _build; cp -a /built{root} _build
        cp -a /compiled /kept; /imagekit/compile-app mix compile >&2
        rm -rf /compiled /run/secrets/imagekit_compiled; mv /kept /compiled
        {RESULT}
    """)
    assert incremental == cold
    return told, cold


def count(told: str) -> tuple[str, int]:
    found = re.search(r"app compiled (whole|what changed): (\d+) modules", told)
    assert found, told
    return found[1], int(found[2])


def what_changed(*files: AbstractSet[str], others: int = 0) -> tuple[str, int]:
    """Give what is told when these are compiled, beside those that always are."""
    return "what changed", len(ALWAYS.union(*files)) + others


def test_a_plain_app_is_compiled_from_where_it_was_left(inside: Run) -> None:
    app, stamp = "hello_web", "TinyRouter.Stamp"
    inside(f"""
        cp -a /build /plain; cd /plain; rm -rf _build lib; mkdir -p config /built
        cat >deps/tiny_router/lib/stamp.ex <<'END'
{STAMP.replace("{stamp}", stamp).replace("{app}", app)}END
        {configured(app, ".")}
        {script(app, stamp, "HelloWeb.MixProject")}
        mix deps.compile; cp -a _build /built/plain
    """)
    told, first = compiled(inside, "/plain")
    assert count(told) == ("whole", MODULES)
    plain(inside, "/plain")
    told, again = compiled(inside, "/plain")
    assert (count(told), again) == (what_changed(), first)
    assert {name for name in LIB if f"lib/{name} is compiled in every build" in told} == ALWAYS

    told, edited = compiled(inside, "/plain", MANY)
    # Macros, Uses, Point, Match, Same, New, Plugins.Two, the implementations, Handler and Reached.
    assert count(told) == what_changed(ASKED, others=11)
    plain(inside, "/plain")
    assert edited != first
    told, bumped = compiled(inside, "/plain", VERSION)
    assert count(told) == what_changed({"lines.ex"})
    assert bumped != edited
    plain(inside, "/plain")

    inside("for entry in /compiled/app/*; do printf x >>$entry; done")
    told, _ = compiled(inside, "/plain")
    assert "is not what was stored: dropped" in told
    assert count(told)[0] == "whole"


def test_own_configuration_compiles_who_asked_for_what_changed(inside: Run) -> None:
    app = "hello_web"
    compiled(inside, "/plain", configured(app, "."))
    for values, files in (({"got": 2}, GOT), ({"got": 2, "key": 2}, KEY)):
        told, _ = compiled(inside, "/plain", configured(app, ".", **values))
        assert count(told) == what_changed(files)
    told, _ = compiled(inside, "/plain", configured(app, ".", got=2, key=2, other=1))
    assert count(told) == what_changed(OTHER)
    # Of another file that is configuration, too, and holds what no module asked for.
    imported = "echo 'import Config; config :hello_web, more: 1' >config/more.exs"
    told, _ = compiled(
        inside, "/plain", f"{imported}; echo 'import_config \"more.exs\"' >>config/config.exs"
    )
    assert count(told) == what_changed(OTHER)
    told, _ = compiled(inside, "/plain", "printf two >priv/text")
    assert count(told)[0] == "whole"


LATE: Final = "Application.put_env(:hello_web_late, :value, 1)"
EBIN: Final = 'File.ls!(Application.app_dir(:hello_web, "ebin"))'
# One after the other, and what is told of each.
WHOLE: Final = (
    ("printf two >priv/other; ln -sfn other priv/link", "app compiled whole"),
    (
        "echo 'config :hello_web_locales, all: [:De]' >>config/config.exs",
        "lib/locales.ex cannot be compiled alone",
    ),
    ("rm lib/listed.ex", "lib/listed.ex cannot be compiled alone"),
    (
        f"sed -i 's/def value/{LATE}\\n&/' lib/same.ex",
        "lib/late.ex asked for what another file sets",
    ),
    (f"printf 'defmodule Beams do {EBIN} end' >lib/beams.ex", "lib/beams.ex lists _build"),
    ("rm lib/beams.ex", "app compiled whole"),
    ("sed -i 's/deps: /aliases: [compile: \"compile\"], &/' mix.exs", "compile is an alias"),
)


def test_all_is_compiled_where_no_less_is_known(inside: Run) -> None:
    for edit, reason in WHOLE:
        told, _ = compiled(inside, "/plain", edit)
        assert reason in told, edit
        assert "app compiled whole" in told or "nothing is kept" in told


def test_what_changes_no_module_compiles_none(inside: Run) -> None:
    calm = {"macros.ex", "uses.ex", "own.ex", "tracked.ex", "migrations.ex"}
    left_out = " ".join(f"lib/{name}" for name in sorted(LIB.keys() - calm))
    inside(f"""
        cp -a /build /calm; cd /calm; rm -rf _build lib; mkdir -p config
        {configured("hello_web", ".")}
        {script("hello_web", "Stamp", "HelloWeb.MixProject")}
        rm -r {left_out}; mix deps.compile; cp -a _build /built/calm
    """)
    told, first = compiled(inside, "/calm")
    assert count(told) == ("whole", len(calm))
    nothing = ("what changed", 0)
    told, again = compiled(inside, "/calm")
    assert (count(told), again) == (nothing, first)
    told, bumped = compiled(inside, "/calm", VERSION)
    assert count(told) == nothing
    assert bumped != first
    plain(inside, "/calm")
    told, _ = compiled(inside, "/calm", configured("hello_web", ".", more=1))
    assert count(told) == nothing
    plain(inside, "/calm")
    told, _ = compiled(inside, "/calm", configured("hello_web", ".", more=1, key=2))
    assert count(told) == ("what changed", 1)
    plain(inside, "/calm")


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
        {configured("two", ".")}
        {child.format(name="one", module="One", deps="[]")}
        {child.format(name="two", module="Two", deps="[{:one, in_umbrella: true}]")}
        cat >apps/one/lib/stamp.ex <<'END'
{STAMP.replace("{stamp}", "One.Stamp").replace("{app}", "two")}END
        cat >apps/one/lib/answer.ex <<'END'
defmodule One.Answer do
  defmacro answer, do: 1
end
END
        cd apps/two
        {script("two", "One.Stamp", "Two.MixProject")}
        cat >lib/asks_one.ex <<'END'
defmodule AsksOne do
  require One.Answer
  def answer, do: One.Answer.answer()
end
END
    """)
    told, first = compiled(inside, "/umbrella")
    assert count(told) == ("whole", MODULES + 3)
    told, _ = compiled(inside, "/umbrella", f"cd apps/two\n{MANY}")
    # Mix takes what a sibling exports for gone once, when nothing of it was compiled.
    sibling = {"through.ex", "worked.ex", "worked_too.ex"}
    assert count(told) == what_changed(ASKED, sibling, others=11 + 1)
    plain(inside, "/umbrella")
    # A macro of a sibling: Mix compiles what is compiled with it.
    answer = "sed -i 's/answer, do: 1/answer, do: 2/' apps/one/lib/answer.ex"
    told, edited = compiled(inside, "/umbrella", f"{answer}\ncd apps/two\n{VERSION}")
    assert count(told) == what_changed({"lines.ex"}, others=2)
    assert edited != first
    told, _ = compiled(inside, "/umbrella", configured("two", ".", key=2))
    assert count(told) == what_changed(KEY, others=1)
