"""LiveView's own compiler, as a fixture of ours: what it makes is that of a cold build.

The fixture does what LiveView 1.1 does: modules write files below `_build` while they compile, and
after the Elixir compiler one more step drops those of modules that are gone and writes a list.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.cache.test_compiled import Run, inside
from tests.cache.test_compiled_app import compiled, count

__all__ = ["inside"]

pytestmark = [pytest.mark.engine, pytest.mark.slow]

COMPILER: Final = """
defmodule TinyRouter.Colocated do
  def folder, do: Path.join([Mix.Project.build_path(), "phoenix-colocated", "hello_web"])

  defmacro hook(text) do
    folder = Path.join(folder(), inspect(__CALLER__.module))
    File.mkdir_p!(folder)
    File.write!(Path.join(folder, "#{__CALLER__.line}.js"), text)
    quote do: def(__hooks__, do: [unquote("#{__CALLER__.line}.js")])
  end
end

defmodule Mix.Tasks.Compile.PhoenixLiveView do
  use Mix.Task.Compiler
  @recursive true

  def run(_) do
    Mix.Task.Compiler.after_compiler(:elixir, fn
      {:noop, told} -> {:noop, told}
      {status, told} -> list() && {status, told}
    end)

    :noop
  end

  defp list do
    folder = TinyRouter.Colocated.folder()
    File.mkdir_p!(folder)

    hooks =
      for name <- File.ls!(folder),
          path = Path.join(folder, name),
          File.dir?(path),
          module = Module.concat([name]),
          wanted = if(Code.ensure_loaded?(module), do: module.__hooks__(), else: []),
          file <- File.ls!(path),
          file in wanted or (File.rm!(Path.join(path, file)) && false),
          do: "#{name}/#{file}"

    File.write!(Path.join(folder, "index.js"), Enum.join(Enum.sort(hooks), "\\n"))
  end
end
"""
LIVE: Final = "compilers: [:phoenix_live_view | Mix.compilers()],"


def hook(name: str, text: str, *, above: str = "") -> str:
    """Give shell that writes a module with one hook."""
    return f"""
        cat >lib/{name.lower()}.ex <<'END'
{above}defmodule {name} do
  require TinyRouter.Colocated
  TinyRouter.Colocated.hook("{text}")
end
END
"""


def test_what_liveview_s_compiler_writes_is_that_of_a_cold_build(inside: Run) -> None:
    inside(f"""
        cp -a /build /live; cd /live; rm -rf _build lib; mkdir -p lib /built
        cat >deps/tiny_router/lib/colocated.ex <<'END'
{COMPILER}
END
        sed -i 's/app: :hello_web,/& {LIVE}/' mix.exs
        {hook("One", "first")}
        {hook("Two", "second")}
        echo 'defmodule Plain do\nend' >lib/plain.ex
        mix deps.compile; cp -a _build /built/live
    """)
    told, _ = compiled(inside, "/live")
    assert count(told) == ("whole", 3)
    told, first = compiled(inside, "/live", "echo '# more' >>lib/plain.ex")
    # What writes is compiled in every build.
    assert count(told) == ("what changed", 3)
    assert first.count("/phoenix-colocated/") == 3
    told, moved = compiled(inside, "/live", hook("One", "moved", above="# One\n"))
    assert count(told) == ("what changed", 2)
    assert moved != first
    told, gone = compiled(inside, "/live", "rm lib/two.ex")
    assert count(told) == ("whole", 2)  # who wrote is gone: nothing is taken
    assert gone.count("/phoenix-colocated/") == 2
