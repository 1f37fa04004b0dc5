# Compile the project's own apps from where the last build on this builder left them.
#
# Mix compiles what changed, by its own rules, and takes the rest. What those rules do not cover is
# the same as it was, or nothing of the last build is taken: toolchain, environment, compiled
# dependencies, settings of mix.exs that reach compilation, and every file of the project that is
# no Elixir source and no template. And source files that asked for what Mix does not track, own
# configuration for instance (compile-reads.exs), are compiled when the answer is another, or in
# any case (compile-answers.exs). So the release is that of a build from nothing.
#
# All files get a new time first: the builder keeps the times of the context, and Mix looks at a
# file's text only when its time or size is another.
defmodule Mix.Tasks.Imagekit.CompileApp do
  use Mix.Task
  alias Imagekit.{Answers, Compiled, Files, Protocols, Questions, Reads}

  @folder "/compiled/app"
  # Whose rules were read and tried. 1.17 writes into `.app` the time of the configuration's files,
  # which have a new one in each build.
  @elixir "~> 1.18.0"
  # Those of dependencies work on what is known: LiveView's on what modules wrote while they
  # compiled, and who writes is compiled in every build; old ones of Gettext and Phoenix on files
  # that are as they were, and on times.
  @compilers [:yecc, :leex, :erlang, :elixir, :app, :phoenix_live_view, :gettext, :phoenix]
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

  # Tasks that compiling runs: an alias of one may do anything before.
  @run ~w(compile loadconfig loadpaths deps.loadpaths deps.precompile deps.check archive.check)

  @impl true
  def run([]) do
    projects = projects()

    case unfit(projects) do
      nil ->
        incremental(projects)

      reason ->
        Compiled.say("app compiled whole: #{reason}")
        Mix.Task.run("compile")
        Compiled.nothing_used(@folder)
    end
  catch
    # A mistake in the sources is one whatever was taken; all else would not have been without us.
    kind, reason ->
      if not Process.get(:restored, false) and mistake?(kind, reason) do
        :erlang.raise(kind, reason, __STACKTRACE__)
      end

      Compiled.say("app compiled whole: #{Exception.format_banner(kind, reason)}")
      remove(projects())
      {_, status} = System.cmd("mix", ["compile"], into: IO.stream(:stdio, :line))
      if status != 0, do: exit({:shutdown, status})
      Compiled.nothing_used(@folder)
  end

  defp mistake?(:exit, {:shutdown, _}), do: true
  defp mistake?(:error, %{mix: _}), do: true
  defp mistake?(_kind, _reason), do: false

  defp incremental(projects) do
    # Mix takes the path that they are found by away when it compiles.
    Enum.each([Answers, Compiled, Files, Protocols, Questions, Reads], &Code.ensure_loaded!/1)
    key = Compiled.digest(made_of(projects))
    before = state(key)
    now = System.os_time(:second)
    configuration = Answers.configuration()
    for {path, :regular} <- own_files(), do: File.touch!(path, now)

    changed = Answers.changed(before.answers, configuration)
    before = without_riddles(before, changed)
    Process.put(:restored, before.built != [])
    for {app, files} <- before.built, do: restore(app, files, before.time, names(projects))

    for file <- changed,
        module <- Map.get(before.modules, file, []),
        do: forget(module, projects)

    compile = fn -> Mix.Task.run("compile", ["--no-protocol-consolidation"]) end
    {_, compiled, asked, set} = Reads.during(projects, compile)
    Protocols.consolidate(before.protocols)

    kept =
      before.answers |> Map.drop(Map.keys(compiled)) |> Map.filter(&File.regular?(elem(&1, 0)))

    case Answers.who_asked(kept, set) do
      nil -> finish(key, projects, before, compiled, Answers.give(asked, configuration))
      file -> again(key, projects, file)
    end
  end

  defp finish(key, projects, before, compiled, answers) do
    for {file, questions} <- Enum.sort(answers),
        {{:always, what}, _} <- Enum.take(questions, 1) do
      Compiled.say("#{Path.relative_to_cwd(file)} is compiled in every build: #{what}")
    end

    count = compiled |> Map.values() |> List.flatten() |> Enum.uniq() |> length()

    Compiled.say(
      "app compiled #{if before.built == [], do: "whole", else: "what changed"}: #{count} modules"
    )

    keep(key, projects, before, compiled, answers)
  end

  # Mix does not compile a file again that defined no module; and what a file did that is gone, and
  # that is not known in full, stays done.
  defp without_riddles(before, changed) do
    riddle = fn file ->
      before.modules[file] == [] or
        (not File.regular?(file) and Enum.any?(before.answers[file], &match?({_, nil}, &1)))
    end

    case Enum.find(changed, riddle) do
      nil ->
        before

      file ->
        Compiled.say("nothing is taken: #{Path.relative_to_cwd(file)} cannot be compiled alone")
        nothing()
    end
  end

  # What was taken of it does not have what another file sets now: all is compiled once more.
  defp again(key, projects, file) do
    reason = "#{Path.relative_to_cwd(file)} asked for what another file sets"
    Compiled.drop_others(@folder, key, nil)
    if Path.wildcard(Path.join(@folder, "#{key}.*")) != [], do: raise(reason)
    Compiled.say("app compiled once more: #{reason}")
    remove(projects)
    {_, status} = System.cmd("/imagekit/compile-app", [], into: IO.stream(:stdio, :line))
    if status != 0, do: exit({:shutdown, status})
  end

  defp remove(projects) do
    for {app, _, _} <- projects, app, do: File.rm_rf!(build_path(app))
    Protocols.remove()
  end

  defp keep(key, projects, before, compiled, answers) do
    whole = for {file, asked} <- answers, {{:whole, what}, _} <- asked, do: {file, what}

    case whole do
      [] ->
        keep_all(key, projects, before, compiled, answers)

      [{file, what} | _] ->
        Compiled.say("nothing is kept: #{Path.relative_to_cwd(file)} #{what}")
        Compiled.drop_others(@folder, key, nil)
        Compiled.nothing_used(@folder)
    end
  end

  defp keep_all(key, projects, before, compiled, answers) do
    # Of what was not compiled now, the answers are as they were.
    answers = before.answers |> Map.drop(Map.keys(compiled)) |> Map.merge(answers)
    answers = Map.filter(answers, fn {file, _} -> File.regular?(file) end)
    modules = Map.merge(before.modules, compiled)

    state = %{
      built: for({app, _, _} <- projects, File.dir?(build_path(app)), do: {app, pack(app)}),
      answers: answers,
      modules: Map.new(answers, fn {file, _} -> {file, modules[file] || []} end),
      protocols: Protocols.pack(),
      time: System.os_time(:second)
    }

    entry = Compiled.store(@folder, key, state)
    if entry, do: Compiled.drop_others(@folder, key, entry)
    Compiled.list_used(@folder)
    Compiled.prune(@folder)
  end

  # Mix tells old from new by seconds: what the last build made has to be older than all of now.
  defp state(key) do
    with {:ok, state} <- Compiled.fetch(@folder, key),
         :ok <- if(state.time == System.os_time(:second), do: Process.sleep(1000), else: :ok),
         true <- state.time < System.os_time(:second) do
      state
    else
      _ -> nothing()
    end
  end

  defp nothing, do: %{time: 0, built: [], answers: %{}, modules: %{}, protocols: nil}

  defp restore(app, files, time, own) do
    Files.unpack(files, build_path(app))
    notes = Path.wildcard(Path.join(build_path(app), ".mix/*"))
    for path <- notes, do: File.touch!(path, time)
    manifest = Path.join(build_path(app), ".mix/compile.elixir")
    if manifest in notes, do: accept_configuration(manifest, own, time)
  end

  # Mix compiles an app whole when its own configuration is another: any module may have asked for
  # it. Here it is known which did.
  defp accept_configuration(manifest, own, time) do
    before = manifest |> File.read!() |> :erlang.binary_to_term() |> Tuple.to_list()
    ours = Keyword.take(Mix.Tasks.Loadconfig.read_compile(), own)

    now =
      Enum.map(before, fn
        %{config: config, lock: _} = seen ->
          %{seen | config: Enum.sort(Keyword.drop(config, own) ++ ours)}

        other ->
          other
      end)

    if now != before do
      File.write!(manifest, :erlang.term_to_binary(List.to_tuple(now), [:compressed]))
      File.touch!(manifest, time)
    end
  end

  # Mix compiles a file again whose modules are not there.
  defp forget(module, projects) do
    for {app, _, _} <- projects, do: File.rm(Path.join(build_path(app), "ebin/#{module}.beam"))
  end

  # The application is described anew, and protocols come back when all is compiled: a build from
  # nothing does not find them either while it compiles.
  defp pack(app) do
    Files.pack(
      build_path(app),
      &(&1 in [
          "consolidated",
          ".mix/compile.protocols",
          "ebin/#{app}.app",
          ".mix/compile.app_cache"
        ])
    )
  end

  defp names(projects), do: for({app, _, _} <- projects, app, do: app)

  defp build_path(app), do: Path.join([Mix.Project.build_path(), "lib", Atom.to_string(app)])

  # The project, and the apps of an umbrella: `{name, folder, settings}`, the root first.
  defp projects do
    children = Enum.sort(Mix.Project.apps_paths() || %{})
    root = {Mix.Project.config()[:app], File.cwd!(), settings()}

    below =
      for {app, path} <- children,
          do: {app, Path.expand(path), Mix.Project.in_project(app, path, fn _ -> settings() end)}

    [root | below]
  end

  defp settings do
    project = Mix.Project.get!()
    described? = function_exported?(project, :application, 0)
    Keyword.put(Mix.Project.config(), :application, described? && project.application())
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

    aliased =
      for {_, _, settings} <- projects,
          {name, _} <- settings[:aliases] || [],
          "#{name}" in @run or String.starts_with?("#{name}", "compile."),
          do: name

    cond do
      aliased != [] ->
        "#{hd(aliased)} is an alias"

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
    own = own_files()
    links = for {_, :symlink} = link <- own, do: link
    rest = for {path, :regular} = file <- own, not Files.tracked?(path), do: file

    {
      Compiled.toolchain(),
      :app,
      for(
        {app, path, settings} <- projects,
        do: {app, path, Enum.sort(Keyword.drop(settings, @elsewhere))}
      ),
      # Where links lead, and what is there under their name: a source has another when it is read
      # through one.
      Files.digests(rest ++ links),
      # What asks while Erlang is compiled is not known.
      Enum.any?(own, fn {path, _} -> Path.extname(path) in ~w(.erl .xrl .yrl) end) &&
        Mix.Tasks.Loadconfig.read_compile(),
      Files.digests(
        Enum.flat_map(["_build", "deps"], &Files.walk(&1, [".mix", ".git", ".fetch"]))
      )
    }
  end

  defp own_files do
    for name <- Enum.sort(File.ls!(".")),
        name not in ["_build", "deps", ".git"],
        each <- Files.walk(name, [".mix", ".git", ".fetch"]),
        do: each
  end
end
