# Compile the project's own apps from where the last build on this builder left them.
#
# Mix compiles what changed, by its own rules, and takes the rest. What those rules do not cover is
# the same as it was, or nothing of the last build is taken: toolchain, environment, configuration,
# compiled dependencies, settings of mix.exs that reach compilation, and every file of the project
# that is no Elixir source and no template. And source files that read what Mix does not track are
# compiled in any case (compile-reads.exs). So the release is that of a build from nothing.
#
# All files get a new time first: the builder keeps the times of the context, and Mix looks at a
# file's text only when its time or size is another.
defmodule Mix.Tasks.Imagekit.CompileApp do
  use Mix.Task
  alias Imagekit.{Compiled, Reads}

  @folder "/compiled/app"
  # Whose rules were read and tried.
  @elixir "~> 1.18.0"
  @compilers [:yecc, :leex, :erlang, :elixir, :app]
  # Settings of mix.exs that change no module: of releases, of other tasks, of the package.
  @elsewhere [
    :version,
    :aliases,
    :deps,
    :releases,
    :description,
    :docs,
    :homepage_url,
    :name,
    :package,
    :preferred_cli_env,
    :source_url,
    :start_permanent,
    :test_coverage
  ]

  @impl true
  def run([]) do
    projects = projects()

    case unfit(projects) do
      nil ->
        incremental(projects)

      reason ->
        Compiled.say("app compiled whole: #{reason}")
        Mix.Task.run("compile")
    end
  catch
    # A mistake in the sources is one whatever was taken; all else would not have been without us.
    kind, reason ->
      if not Process.get(:restored, false) and mistake?(kind, reason) do
        :erlang.raise(kind, reason, __STACKTRACE__)
      end

      Compiled.say("app compiled whole: #{Exception.format_banner(kind, reason)}")
      for {app, _, _} <- projects(), app, do: File.rm_rf!(build_path(app))
      {_, status} = System.cmd("mix", ["compile"], into: IO.stream(:stdio, :line))
      if status != 0, do: exit({:shutdown, status})
  end

  defp mistake?(:exit, {:shutdown, _}), do: true
  defp mistake?(:error, %{mix: _}), do: true
  defp mistake?(_kind, _reason), do: false

  defp incremental(projects) do
    key = Compiled.digest(made_of(projects))
    before = state(key)
    time = max(System.os_time(:second), before.time + 1)
    for path <- own_files(), do: File.touch!(path, time)

    Process.put(:restored, before.built != [])
    for {app, files} <- before.built, do: Compiled.unpack(files, build_path(app))
    for module <- List.flatten(Map.values(before.reading)), do: forget(module, projects)

    {_, compiled, reads} = Reads.during(projects, fn -> Mix.Task.run("compile") end)

    for {file, what} <- Enum.sort(reads),
        do: Compiled.say("#{Path.relative_to_cwd(file)} is compiled in every build: #{what}")

    reading = Map.new(reads, fn {file, _} -> {file, compiled[file] || []} end)
    count = compiled |> Map.values() |> List.flatten() |> length()

    Compiled.say(
      "app compiled #{if before.built == [], do: "whole", else: "what changed"}: #{count} modules"
    )

    built = for {app, _, _} <- projects, File.dir?(build_path(app)), do: {app, pack(app)}
    entry = Compiled.store(@folder, key, %{time: time, built: built, reading: reading})
    if entry, do: Compiled.drop_others(@folder, key, entry)
    Compiled.list_used(@folder)
    Compiled.prune(@folder)
  end

  defp state(key) do
    case Compiled.fetch(@folder, key) do
      {:ok, state} -> state
      :none -> %{time: 0, built: [], reading: %{}}
    end
  end

  # Mix compiles a file again whose modules are not there.
  defp forget(module, projects) do
    for {app, _, _} <- projects, do: File.rm(Path.join(build_path(app), "ebin/#{module}.beam"))
  end

  # Protocols are consolidated and the application is described anew: a build from nothing does not
  # find them either while it compiles.
  defp pack(app) do
    Compiled.pack(
      build_path(app),
      &(&1 in [
          "consolidated",
          ".mix/compile.protocols",
          "ebin/#{app}.app",
          ".mix/compile.app_cache"
        ])
    )
  end

  defp build_path(app), do: Path.join([Mix.Project.build_path(), "lib", Atom.to_string(app)])

  # The project, and the apps of an umbrella: `{name, folder, settings}`, the root first.
  defp projects do
    children = Enum.sort(Mix.Project.apps_paths() || %{})
    root = {Mix.Project.config()[:app], File.cwd!(), Mix.Project.config()}

    below =
      for {app, path} <- children,
          do:
            {app, Path.expand(path),
             Mix.Project.in_project(app, path, fn _ -> Mix.Project.config() end)}

    [root | below]
  end

  defp unfit(projects) do
    other =
      for {_, _, settings} <- projects,
          each <- settings[:compilers] || [],
          each not in @compilers,
          do: each

    local =
      for dep <- Mix.Dep.load_and_cache(),
          !dep.scm.fetchable?(),
          !dep.opts[:from_umbrella],
          do: dep.app

    cond do
      not Version.match?(System.version(), @elixir) ->
        "for Elixir #{System.version()} nothing else was tried"

      other != [] ->
        "the compiler #{inspect(hd(other))} has rules of its own"

      local != [] ->
        "#{hd(local)} is a path dependency"

      true ->
        nil
    end
  end

  # Keys

  defp made_of(projects) do
    {
      Compiled.toolchain(),
      :app,
      for(
        {app, path, settings} <- projects,
        do: {app, path, Enum.sort(Keyword.drop(settings, @elsewhere))}
      ),
      for(
        path <- own_files(),
        not Compiled.tracked?(path),
        do: {path, Compiled.file_digest(path)}
      ),
      for(
        folder <- ["_build", "deps"],
        path <- files(folder),
        do: {path, Compiled.file_digest(path)}
      )
    }
  end

  defp own_files do
    for name <- Enum.sort(File.ls!(".")),
        name not in ["_build", "deps", ".git"],
        path <- files(name),
        do: path
  end

  defp files(path) do
    case File.lstat(path) do
      {:ok, %{type: :directory}} ->
        for name <- Enum.sort(File.ls!(path)),
            name not in [".mix", ".git", ".fetch"],
            each <- files(Path.join(path, name)),
            do: each

      {:ok, %{type: :regular}} ->
        [path]

      # What it leads to is in `deps`, or is a file like others.
      {:ok, _} ->
        []

      {:error, _} ->
        []
    end
  end
end
