# What source files ask, while they compile, that Mix does not track: traced in the VM.
#
# Mix knows of a file's own text, of modules it names, of external resources. It does not know of
# another file that a module's body reads, of a folder that it lists, of configuration that it asks
# for, of the project's settings that a macro of a dependency looks up, of a program that it runs,
# of the time. What of it can be asked again is a question (compile-answers.exs); a file that did
# what cannot, or that wrote something, is compiled in every build: `{:always, what it did}`. After
# what reaches into what is kept, or into all files, nothing is kept: `{:whole, what it did}`.
defmodule Imagekit.Reads do
  @contents [:read_file, :open]
  @names [:list_dir, :list_dir_all]
  @kinds [:read_file_info, :read_link_info, :read_link, :read_link_all]
  @writes [:write_file, :write_file_info, :make_dir, :make_link, :make_symlink, :rename] ++
            [:delete, :del_dir, :del_dir_r]

  @start [:start, :ensure_started, :ensure_all_started]
  # What they answer holds versions and modules of siblings.
  @descriptions [:get_key, :get_all_key, :get_application_module] ++
                  [:loaded_applications, :which_applications]
  @settings [:get_env, :get_all_env, :set_env, :unset_env]
  @clocks [:system_time, :timestamp, :localtime, :universaltime, :date, :time, :now]
  # What the compiler asks modules, too, that a file names.
  @described [:__info__, :__struct__, :module_info, :behaviour_info, :__impl__, :__protocol__]
  @environment [:putenv, :unsetenv]
  # What Phoenix works out of its own configuration, the first that asks for all.
  @worked_out for app <- [:phoenix, :phoenix_template],
                  key <- [:compiled_template_engines, :compiled_format_encoders],
                  do: {app, key}

  @doc "Run; give `{result, compiled, asked, set}`: of each file modules, and questions; keys that files set."
  def during(projects, run) do
    # As it is here: Mix goes to the folders of an umbrella's apps.
    own =
      for {app, _, _} <- projects, app, do: Path.join([Mix.Project.build_path(), "lib", "#{app}"])

    collector =
      spawn_link(fn ->
        collect(%{
          projects: projects,
          own: own,
          parents: %{},
          files: %{},
          modules: [],
          calls: [],
          theirs: %{},
          touched: %{},
          known: %{}
        })
      end)

    Process.register(collector, __MODULE__)
    Code.put_compiler_option(:tracers, [__MODULE__])
    settings = in_memory()
    watch(true, settings)
    :erlang.trace(self(), true, [:call, :arity, :procs, :set_on_spawn, {:tracer, collector}])

    result =
      try do
        run.()
      after
        :erlang.trace(self(), false, [:all])
        watch(false, settings)
        Code.put_compiler_option(:tracers, [])
      end

    delivered = :erlang.trace_delivered(:all)

    receive do
      {:trace_delivered, :all, ^delivered} -> :ok
    end

    send(collector, {:finish, self()})

    receive do
      {:found, compiled, asked, set} -> {result, compiled, asked, set}
    end
  end

  # Called by the compiler, in the process that compiles the file.
  def trace(:start, env), do: tell({:compiles, self(), env.file})
  def trace({:on_module, _bytecode, _}, env), do: tell({:defines, self(), env.module})

  # As Mix knows of it: what a body or a macro of a file names, and what only its functions name.
  def trace({:remote_function, _, module, _, _}, env), do: knows(module, env)
  def trace({:imported_function, _, module, _, _}, env), do: knows(module, env)
  def trace({:alias_reference, _, module}, env), do: knows(module, env)
  def trace({:remote_macro, _, module, _, _}, _env), do: knows(module, %{function: nil})
  def trace({:imported_macro, _, module, _, _}, _env), do: knows(module, %{function: nil})

  def trace({kind, _, module, _}, _env) when kind in [:require, :import, :struct_expansion],
    do: knows(module, %{function: :any})

  def trace(_event, _env), do: :ok

  defp knows(module, %{function: function}) do
    known = {__MODULE__, module, function == nil}
    if Process.put(known, true), do: :ok, else: tell({:knows, self(), module, function == nil})
  end

  defp tell(message) do
    send(__MODULE__, message)
    :ok
  end

  # What mix.exs defines, and what it loads: Mix does not know who calls it.
  defp in_memory do
    for {module, []} <- :code.all_loaded(),
        name = Atom.to_string(module),
        String.starts_with?(name, "Elixir."),
        not String.starts_with?(name, ["Elixir.Imagekit.", "Elixir.Mix.Tasks.Imagekit."]),
        do: module
  end

  defp watch(on?, settings) do
    Enum.each([:file, :prim_file, Mix.Project], &Code.ensure_loaded!/1)

    # Arguments, and who calls.
    told = on? && [{:_, [], [{:message, {{:"$_", {:caller}}}}]}]
    :erlang.trace_pattern({:file, :set_cwd, 1}, told, [])

    for module <- [:file, :prim_file], function <- @contents ++ @names ++ @kinds ++ @writes do
      :erlang.trace_pattern({module, function, :_}, told, [:local])
    end

    for module <- [Mix.Project | settings], do: :erlang.trace_pattern({module, :_, :_}, told, [])

    # Elixir asks, too, for modules that a file names and Mix tracks: only who else asks counts.
    for name <- [:ensure_loaded, :ensure_loaded?, :ensure_compiled, :ensure_compiled!],
        do: :erlang.trace_pattern({Code, name, 1}, told, [])

    # The project's own modules are loaded from here on; of others calls are no longer told after
    # the first.
    :erlang.trace_pattern(:on_load, on?, [])

    for {module, names} <- [
          application: @start,
          application_controller: @settings ++ @descriptions,
          os: @clocks ++ @environment,
          erlang: [:open_port | @clocks]
        ],
        name <- names,
        do: :erlang.trace_pattern({module, name, :_}, told, [])
  end

  defp collect(state) do
    receive do
      {:compiles, pid, file} ->
        collect(update_in(state.files[pid], &[file | &1 || []]))

      {:defines, pid, module} ->
        collect(%{state | modules: [{pid, module} | state.modules]})

      {:knows, pid, module, compiling?} ->
        collect(update_in(state.known[pid], &[{module, compiling?} | &1 || []]))

      # Warns of what is compiled, and decides nothing.
      {:trace, parent, :spawn, child, made} ->
        if checks?(made),
          do: collect(put_in(state.theirs[child], true) |> put_in([:parents, child], parent)),
          else: collect(put_in(state.parents[child], parent))

      {:trace, pid, :call, {module, function, arity}} when is_integer(arity) ->
        collect(touch(state, pid, module, function))

      {:trace, pid, :call, {Code, function, 1}, {[module], caller}} ->
        if by_compiler?(caller),
          do: collect(state),
          else: collect(%{state | calls: [{pid, Code, function, [module]} | state.calls]})

      {:trace, pid, :call, {module, function, _}, {arguments, _caller}} ->
        collect(%{state | calls: [{pid, module, function, arguments} | state.calls]})

      {:finish, asker} ->
        compiled =
          for {pid, module} <- state.modules, file <- files(pid, state), do: {file, module}

        # Also those that define none.
        started = for files <- Map.values(state.files), file <- files, into: %{}, do: {file, []}
        compiled = Map.merge(started, grouped(compiled))
        {asked, set} = asked(state)
        send(asker, {:found, compiled, grouped(asked ++ by_value(state, compiled)), set})

      _ ->
        collect(state)
    end
  end

  defp checks?({_, _, [fun | _]}) when is_function(fun),
    do: :erlang.fun_info(fun, :module) == {:module, Module.ParallelChecker}

  defp checks?({module, _, _}), do: module == Module.ParallelChecker
  defp checks?(_), do: false

  # Calls of modules by name: `touched` of a process has those of the project, `false` is of others.
  defp touch(state, pid, module, function) do
    case state.touched do
      %{^module => false} ->
        state

      %{^module => calls} ->
        put_in(state.touched[module], Map.put(calls, {pid, function in @described}, true))

      _ ->
        ours? = ours?(module, state.own)
        temporary? = String.starts_with?(Atom.to_string(module), "elixir_compiler_")
        if not ours? and not temporary?, do: :erlang.trace_pattern({module, :_, :_}, false, [])
        calls = ours? and not temporary? and %{{pid, function in @described} => true}
        put_in(state.touched[module], calls)
    end
  end

  defp ours?(module, own) do
    case :code.which(module) do
      [_ | _] = path ->
        path
        |> List.to_string()
        |> Path.expand()
        |> then(fn at -> Enum.any?(own, &below?(at, &1)) end)

      at ->
        at in [[], :non_existing]
    end
  end

  # Who calls a module of the project that Mix does not know it to be compiled with: what it has as
  # a value. Mix knows what the file names, and what modules that it names call.
  defp by_value(state, compiled) do
    made =
      for path <- state.own,
          beam <- Path.wildcard(Path.join(path, "ebin/*.beam")),
          into: %{},
          do: {Path.basename(beam, ".beam"), beam}

    touched =
      for {module, calls} when calls != false <- state.touched,
          beam = made[Atom.to_string(module)],
          {{pid, described?}, _} <- calls,
          not checked?(pid, state),
          file <- files(pid, state),
          module not in Map.get(compiled, file, []),
          uniq: true,
          do: {file, {module, beam, described?}}

    known =
      grouped(
        for {pid, all} <- state.known, file <- files(pid, state), each <- all, do: {file, each}
      )

    unnamed =
      for {file, calls} <- grouped(touched),
          modules = Map.get(known, file, []),
          {module, _, described?} <- calls,
          {module, true} not in modules,
          not (described? and {module, false} in modules),
          do: {file, module, for({each, true} <- modules, do: each)}

    calls =
      if unnamed == [], do: %{}, else: Map.new(made, fn {name, beam} -> {name, imports(beam)} end)

    for {file, module, named} <- unnamed,
        module not in reach(named, calls, MapSet.new()),
        do: {file, {:always, "it calls #{inspect(module)}, which it does not name"}}
  end

  defp imports(beam) do
    case :beam_lib.chunks(String.to_charlist(beam), [:imports]) do
      {:ok, {_, [imports: called]}} -> Enum.uniq(for {module, _, _} <- called, do: module)
      {:error, :beam_lib, _} -> []
    end
  end

  defp reach([], _calls, found), do: found

  defp reach([module | more], calls, found) do
    if module in found,
      do: reach(more, calls, found),
      else:
        reach(
          Map.get(calls, Atom.to_string(module), []) ++ more,
          calls,
          MapSet.put(found, module)
        )
  end

  defp checked?(pid, state),
    do:
      is_map_key(state.theirs, pid) or
        (is_map_key(state.parents, pid) and checked?(state.parents[pid], state))

  defp grouped(pairs), do: Enum.group_by(Enum.uniq(pairs), &elem(&1, 0), &elem(&1, 1))

  defp asked(state) do
    calls =
      for {pid, module, function, arguments} <- state.calls,
          file <- files(pid, state),
          do: {file, module, function, arguments}

    set =
      for {_, _, name, given} <- calls,
          name in [:set_env, :unset_env],
          each <- set(given),
          do: each

    asked =
      for {file, module, function, arguments} <- calls,
          question <- questions(module, function, arguments, {file, set, state.projects}),
          do: {file, question}

    {asked, Enum.uniq(set)}
  end

  # What a file's process started is the file's.
  defp files(pid, state) do
    state.files[pid] || if(state.parents[pid], do: files(state.parents[pid], state), else: [])
  end

  defp set([app, key | _]) when is_atom(app), do: [{app, key}]
  defp set([settings | _]), do: for({app, each} <- settings, {key, _} <- each, do: {app, key})

  defp questions(:application_controller, :get_env, [app, key | _], {_, set, _}),
    do: if({app, key} in set, do: [was_set(app, key)], else: [{:setting, app, key}])

  defp questions(:application_controller, :get_all_env, [app], {_, set, _}) do
    case for {^app, key} <- set, do: was_set(app, key) do
      [] -> [{:settings, app}]
      were_set -> Enum.uniq(were_set)
    end
  end

  # Who asks has to find it set, so who sets it is compiled, too.
  defp questions(:application_controller, name, given, _) when name in [:set_env, :unset_env] do
    for {app, key} <- set(given),
        question <- [was_set(app, key)],
        question != :configuration,
        do: question
  end

  defp questions(:os, name, [variable | _], _) when name in @environment,
    do: [{:whole, "sets the variable #{variable}"}]

  # What an application of another does not change without being compiled anew.
  defp questions(:application_controller, name, [app | _], {_, _, projects})
       when name in [:get_key, :get_all_key] do
    for {own, _, _} <- projects, own == app, do: {:always, "Application.spec #{inspect(app)}"}
  end

  # Where it leads other files, and relative paths, is not known.
  defp questions(:file, :set_cwd, [path], _), do: [{:always, "it goes to #{path}"}]

  defp questions(module, function, [path | more], {file, _, projects})
       when module in [:file, :prim_file] do
    for full <- full(path, projects),
        full = source(full, projects),
        full != file,
        question <- on_path(function, full, more, projects) do
      question
    end
  rescue
    _ -> [{:always, "#{inspect(module)}.#{function} #{inspect(path)}"}]
  end

  # A module of the project that is asked for by a name which may have been put together.
  defp questions(Code, function, [module], {_, _, projects}) do
    if own?(module, projects), do: [{:always, "Code.#{function} #{inspect(module)}"}], else: []
  end

  defp questions(module, function, arguments, _) do
    [{:always, "#{inspect(module)}.#{function} #{inspect(List.first(arguments))}"}]
  end

  # What was worked out may be made of any configuration; what else was set, of anything.
  defp was_set(app, key) when {app, key} in @worked_out, do: :configuration

  defp was_set(app, key),
    do: {:always, "#{inspect(app)}, #{inspect(key)} is set while files compile"}

  # Mix links an app's folders into `_build`.
  defp source(path, projects) do
    places =
      for {app, folder, _} <- projects,
          app,
          kind <- ["priv", "include"],
          do:
            {Path.join([Mix.Project.build_path(), "lib", "#{app}", kind]),
             Path.join(folder, kind)}

    Enum.find_value(places, path, fn {built, source} ->
      below?(path, built) && String.replace_prefix(path, built, source)
    end)
  end

  # Mix goes from child to child of an umbrella: a relative path may be below any.
  defp full(path, projects) do
    path = if is_atom(path), do: Atom.to_string(path), else: IO.chardata_to_string(path)
    Enum.uniq(for {_, folder, _} <- projects, do: Path.expand(path, folder))
  end

  defp on_path(function, path, more, [{_, root, _} | _] = projects) do
    build = Mix.Project.build_path()
    ours = for {app, _, _} <- projects, app, do: Path.join([build, "lib", "#{app}"])
    ours? = Enum.any?(ours, &below?(path, &1))
    written? = function in @writes or (function == :open and writes?(more))

    cond do
      not below?(path, root) or below?(path, Path.join(root, "deps")) -> []
      # What is kept would hold it, and is not there in a build from nothing.
      ours? and written? -> [{:whole, "writes #{Path.relative_to(path, root)}"}]
      ours? and function in @names -> [{:whole, "lists #{Path.relative_to(path, root)}"}]
      written? -> [{:always, "it writes #{Path.relative_to(path, root)}"}]
      below?(path, Path.join(root, "_build")) or below?(path, build) -> []
      function in @names -> [{:names, path}]
      function in @kinds -> [{:kind, path}]
      # What it holds is the same as it was, or all is compiled.
      Imagekit.Compiled.tracked?(path) -> [{:contents, path}]
      true -> []
    end
  end

  defp writes?([modes | _]),
    do: Enum.any?(List.wrap(modes), &(&1 in [:write, :append, :exclusive]))

  defp own?(module, [{_, root, _} | _] = projects) do
    case is_atom(module) and :code.which(module) do
      [_ | _] = path ->
        path = path |> List.to_string() |> Path.expand(root)
        build = Path.join(Mix.Project.build_path(), "lib")
        ours = for {app, _, _} <- projects, do: Path.join(build, "#{app}")

        Enum.any?(ours, &below?(path, &1)) or
          (below?(path, root) and not below?(path, Path.join(root, "deps")) and
             not below?(path, Path.join(root, "_build")))

      at ->
        at != :preloaded
    end
  end

  # Elixir's own protocols ask for implementations: on behalf of who has a value.
  defp by_compiler?({Protocol, :assert_impl!, _}), do: false

  defp by_compiler?({module, _, _}) do
    case :code.which(module) do
      path when is_list(path) ->
        :lists.prefix(:code.lib_dir(:elixir), path) and
          not function_exported?(module, :__protocol__, 1)

      _ ->
        false
    end
  end

  defp by_compiler?(_caller), do: false

  defp below?(path, folder), do: path == folder or String.starts_with?(path, folder <> "/")
end
