# Which source files read, while they compile, what Mix does not track: traced in the VM.
#
# Mix knows of a file's own text, of modules it names, of external resources and of configuration.
# It does not know of another file that a module's body reads, of a folder that it lists, of the
# project's settings that a macro of a dependency looks up, of a program that it runs, of the time.
# A file that did any of that is compiled in every build.
defmodule Imagekit.Reads do
  @files [
    :read_file,
    :open,
    :list_dir,
    :list_dir_all,
    :read_file_info,
    :read_link_info,
    :read_link,
    :path_open,
    :consult,
    :path_consult,
    :eval,
    :script
  ]

  @doc "Run and give `{result, compiled, reading}`: the modules of each file, and the files that read."
  def during(projects, run) do
    collector =
      spawn_link(fn ->
        collect(%{projects: projects, parents: %{}, files: %{}, modules: %{}, reads: []})
      end)

    Process.register(collector, __MODULE__)
    Code.put_compiler_option(:tracers, [__MODULE__])
    watch(true)
    :erlang.trace(self(), true, [:call, :procs, :set_on_spawn, {:tracer, collector}])

    result =
      try do
        run.()
      after
        :erlang.trace(self(), false, [:all])
        watch(false)
        Code.put_compiler_option(:tracers, [])
      end

    delivered = :erlang.trace_delivered(:all)

    receive do
      {:trace_delivered, :all, ^delivered} -> :ok
    end

    send(collector, {:finish, self()})

    receive do
      {:found, compiled, reading} -> {result, compiled, reading}
    end
  end

  # Called by the compiler, in the process that compiles the file.
  def trace(:start, env), do: tell({:compiles, self(), env.file})
  def trace({:on_module, _bytecode, _}, env), do: tell({:defines, env.file, env.module})
  def trace(_event, _env), do: :ok

  defp tell(message) do
    send(__MODULE__, message)
    :ok
  end

  defp watch(on?) do
    Enum.each([:file, :prim_file, Mix.Project], &Code.ensure_loaded!/1)

    for function <- @files, do: :erlang.trace_pattern({:file, function, :_}, on?, [:local])
    for function <- @files, do: :erlang.trace_pattern({:prim_file, function, :_}, on?, [:local])
    :erlang.trace_pattern({Mix.Project, :_, :_}, on?, [])

    # Elixir asks, too, for modules that a file names and Mix tracks: only who else asks counts.
    for name <- [:ensure_loaded, :ensure_loaded?, :ensure_compiled, :ensure_compiled!] do
      who = on? && [{:_, [], [{:message, {:caller}}]}]
      :erlang.trace_pattern({Code, name, 1}, who, [])
    end

    :erlang.trace_pattern({:erlang, :open_port, 2}, on?, [])

    for {module, name} <- [
          os: :system_time,
          erlang: :system_time,
          os: :timestamp,
          erlang: :timestamp
        ],
        arity <- [0, 1],
        do: :erlang.trace_pattern({module, name, arity}, on?, [])

    for name <- [:localtime, :universaltime],
        do: :erlang.trace_pattern({:erlang, name, 0}, on?, [])
  end

  defp collect(state) do
    receive do
      {:compiles, pid, file} ->
        collect(update_in(state.files[pid], &[file | &1 || []]))

      {:defines, file, module} ->
        collect(update_in(state.modules[file], &[module | &1 || []]))

      {:trace, parent, :spawn, child, _} ->
        collect(put_in(state.parents[child], parent))

      {:trace, pid, :call, {module, function, arguments}} ->
        collect(%{state | reads: [{pid, module, function, List.first(arguments)} | state.reads]})

      {:trace, pid, :call, {Code, function, [module]}, caller} ->
        if by_elixir?(caller),
          do: collect(state),
          else: collect(%{state | reads: [{pid, Code, function, module} | state.reads]})

      {:finish, asked} ->
        reading =
          for {pid, module, function, argument} <- state.reads,
              file <- files(pid, state),
              untracked?(module, function, argument, file, state.projects),
              do: {file, "#{inspect(module)}.#{function} #{inspect(argument)}"}

        send(asked, {:found, state.modules, Map.new(reading)})

      _ ->
        collect(state)
    end
  end

  # What a file's process started is the file's.
  defp files(pid, state) do
    state.files[pid] || if(state.parents[pid], do: files(state.parents[pid], state), else: [])
  end

  defp untracked?(module, _function, path, file, projects) when module in [:file, :prim_file] do
    folders = for {_, folder, _} <- projects, do: folder
    is_binary(path) or is_list(path) or is_atom(path) or throw(:unreadable)
    path = IO.chardata_to_string(path)
    # Mix goes from child to child of an umbrella: a relative path may be below any.
    Enum.any?(folders, fn folder ->
      full = Path.expand(path, folder)
      full != file and ours?(full, folders) and decides?(full, folders)
    end)
  catch
    _, _ -> true
  end

  # A module of the project that is asked for by a name which may have been put together.
  defp untracked?(Code, _function, module, _file, [{_, root, _} | _] = projects) do
    case is_atom(module) and :code.which(module) do
      [_ | _] = path ->
        path = path |> List.to_string() |> Path.expand(root)

        built =
          for {app, _, _} <- projects, do: Path.join([Mix.Project.build_path(), "lib", "#{app}"])

        below?(path, root) and (ours?(path, [root]) or Enum.any?(built, &below?(path, &1)))

      at ->
        at != :preloaded
    end
  end

  defp untracked?(_module, _function, _argument, _file, _projects), do: true

  defp by_elixir?({module, _, _}) do
    case :code.which(module) do
      path when is_list(path) -> :lists.prefix(:code.lib_dir(:elixir), path)
      _ -> false
    end
  end

  defp by_elixir?(_caller), do: false

  defp ours?(path, [root | _]) do
    below?(path, root) and not below?(path, Path.join(root, "deps")) and
      not below?(path, Path.join(root, "_build"))
  end

  # Everything else is the same as it was, or all is compiled.
  defp decides?(path, folders) do
    Imagekit.Compiled.tracked?(path) or
      Enum.any?(folders, &below?(path, Path.join(&1, "lib"))) or path in folders
  end

  defp below?(path, folder), do: path == folder or String.starts_with?(path, folder <> "/")
end
