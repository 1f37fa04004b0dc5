# Compile dependencies one by one, and each of them only where no build compiled it before.
#
# A dependency is known by all that its compilation can see: its own files, the toolchain, the
# environment, the configuration of all dependencies, Mix's options for it, and the same of every
# dependency below it. rebar3 and make are shown all that was compiled before; so are they here.
#
# Each is compiled with nothing on the code path but what it depends on, as Mix does it when that
# one dependency was updated: else what was compiled before would decide what it sees. One that
# does not compile so is compiled as ever, with all others, and nothing of it is kept.
defmodule Mix.Tasks.Imagekit.CompileDeps do
  use Mix.Task
  alias Imagekit.{Compiled, Files}

  @folder "/compiled/deps"

  @impl true
  def run(args) do
    own? = "--skip-umbrella-children" in args
    deps = Enum.reject(Mix.Dep.load_and_cache(), &(own? and &1.opts[:from_umbrella]))
    paths = :code.get_path()
    common = Compiled.digest({Compiled.toolchain(), configuration(), settings()})

    Enum.reduce(deps, [], fn dep, keys ->
      :code.set_path(paths)
      key = key(dep, common, keys)
      reuse(dep, key) || compile(dep, key, paths)
      [{dep.app, key} | keys]
    end)

    # Mix has the last word.
    Mix.Dep.clear_cached()

    for dep <- Mix.Dep.load_and_cache(), !dep.opts[:from_umbrella], !Mix.Dep.ok?(dep) do
      Compiled.say("#{dep.app} once more: #{Mix.Dep.format_status(dep)}")
      mix_compile(dep)
    end

    Compiled.list_used(@folder)
    Compiled.prune(@folder)
  catch
    # Whatever it was: without us it would not have been.
    kind, reason ->
      Compiled.say("one by one it does not go: #{Exception.format_banner(kind, reason)}")
      Compiled.say("all dependencies are compiled together")
      File.rm_rf!(Path.join(Mix.Project.build_path(), "lib"))
      {_, status} = System.cmd("mix", ["deps.compile" | args], into: IO.stream(:stdio, :line))
      if status != 0, do: exit({:shutdown, status})
      Compiled.nothing_used(@folder)
  end

  # Reuse

  defp reuse(%{scm: scm} = dep, {key, _}) do
    with true <- scm.fetchable?(),
         {:ok, {build, source}} <- Compiled.fetch(@folder, key, &content/1) do
      File.rm_rf!(dep.opts[:build])
      Files.unpack(build, dep.opts[:build])
      Files.unpack(source, dep.opts[:dest])
      Compiled.say("#{dep.app} reused")
      true
    else
      _ -> false
    end
  end

  # The build tools' own notes hold times: two builders make two of them, and one of all the rest.
  defp content({build, source}), do: {without_notes(build), without_notes(source)}

  defp without_notes(files) do
    Enum.reject(files, fn {path, _} ->
      Enum.any?(Path.split(path), &(&1 in [".mix", ".rebar3"]))
    end)
  end

  # Compilation

  defp compile(dep, {key, files}, paths) do
    mix_compile(dep)
    Compiled.say("#{dep.app} compiled")

    if dep.scm.fetchable?() do
      built = if File.dir?(dep.opts[:build]), do: Files.pack(dep.opts[:build]), else: []
      # What it made beside its sources: parsers of grammars, for instance.
      made = sources(dep) -- files

      # Libraries for this machine are of compilers and headers that no key of ours tells wholly.
      unless Enum.any?(built ++ made, &Files.native?/1) do
        Compiled.store(@folder, key, {built, made})
      end
    end

    forget(paths)
  end

  defp mix_compile(dep) do
    Mix.Task.rerun("deps.compile", [Atom.to_string(dep.app), "--no-archives-check"])
  end

  # Macros of this dependency are not there for the next, unless it depends on it.
  defp forget(paths) do
    :code.set_path(paths)
    built = String.to_charlist(Path.join(Mix.Project.build_path(), "lib"))

    for {module, path} <- :code.all_loaded(), is_list(path), :lists.prefix(built, path) do
      :code.purge(module)
      :code.delete(module)
    end
  end

  # Keys

  defp key(dep, common, keys) do
    files = sources(dep)
    below = if dep.manager == :mix, do: below(dep), else: :all

    seen =
      for {app, {key, _}} <- Enum.reverse(keys), below == :all or app in below, do: {app, key}

    options = Keyword.drop(dep.opts, [:from_umbrella, :hash])
    made_of = {dep.app, dep.manager, dep.system_env, dep.extra, options, rebar3(dep), files, seen}
    {Compiled.digest({common, made_of}), files}
  end

  # What it says that it depends on, and what that depends on.
  defp below(dep) do
    all = Map.new(Mix.Dep.cached(), &{&1.app, &1.deps})
    follow(Enum.map(dep.deps, & &1.app), all, [])
  end

  defp follow([], _all, found), do: found

  defp follow([app | rest], all, found) do
    if app in found or not Map.has_key?(all, app),
      do: follow(rest, all, found),
      else: follow(Enum.map(all[app], & &1.app) ++ rest, all, [app | found])
  end

  # A revision stands for a repository, whose own files differ from clone to clone.
  defp sources(dep) do
    if File.dir?(dep.opts[:dest]) do
      Files.pack(dep.opts[:dest], &(&1 in [".git", ".fetch", "_build"]))
    else
      []
    end
  end

  # Where Mix looks for it.
  defp rebar3(%{manager: :rebar3}) do
    home = System.get_env("MIX_HOME") || Path.expand("~/.mix")
    installed = Enum.flat_map(["rebar3", "elixir/*/rebar3"], &Path.wildcard(Path.join(home, &1)))
    Enum.map(List.wrap(System.get_env("MIX_REBAR3")) ++ installed, &Files.digest/1)
  end

  defp rebar3(_dep), do: nil

  # All of it, because a dependency may read another's.
  defp configuration do
    file = Mix.Project.config()[:config_path]
    if File.regular?(file), do: Config.Reader.read!(file, env: Mix.env(), target: Mix.target())
  end

  defp settings do
    Keyword.take(Mix.Project.config(), [
      :build_path,
      :build_per_environment,
      :deps_path,
      :prune_code_paths
    ])
  end
end
