# What source files ask, while they compile, that Mix does not track: traced in the VM.
#
# Mix knows of a file's own text, of modules it names, of external resources. It does not know of
# another file that a module's body reads, of a folder that it lists, of configuration that it asks
# for, of the project's settings that a macro of a dependency looks up, of a program that it runs,
# of the time. What each call means is a question (compile-questions.exs).
defmodule Imagekit.Reads do
  alias Imagekit.Questions

  @start [:start, :ensure_started, :ensure_all_started]
  # What they answer holds versions and modules of siblings.
  @descriptions [:get_key, :get_all_key, :get_application_module] ++
                  [:loaded_applications, :which_applications]
  @settings [:get_env, :get_all_env, :set_env, :unset_env]
  @clocks [:system_time, :timestamp, :localtime, :universaltime, :date, :time, :now]
  # What the compiler asks modules, too, that a file names.
  @described [:__info__, :__struct__, :module_info, :behaviour_info, :__impl__, :__protocol__]

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

    for module <- [:file, :prim_file], function <- Questions.files() do
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
          os: @clocks ++ Questions.environment(),
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
        |> then(fn at -> Enum.any?(own, &Questions.below?(at, &1)) end)

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
          each <- Questions.set(given),
          do: each

    asked =
      for {file, module, function, arguments} <- calls,
          question <- Questions.of(module, function, arguments, {file, set, state.projects}),
          do: {file, question}

    {asked, Enum.uniq(set)}
  end

  # What a file's process started is the file's.
  defp files(pid, state) do
    state.files[pid] || if(state.parents[pid], do: files(state.parents[pid], state), else: [])
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
end
