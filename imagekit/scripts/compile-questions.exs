# What a call that a source file made while it compiled means for the next build. Pure, but that it
# asks where a module came from.
#
# What can be asked again is a question (compile-answers.exs); a file that did what cannot, or that
# wrote something, is compiled in every build: `{:always, what it did}`. After what reaches into what
# is kept, or into all files, nothing is kept: `{:whole, what it did}`.
defmodule Imagekit.Questions do
  @contents [:read_file, :open]
  @names [:list_dir, :list_dir_all]
  @kinds [:read_file_info, :read_link_info, :read_link, :read_link_all]
  @writes [:write_file, :write_file_info, :make_dir, :make_link, :make_symlink, :rename] ++
            [:delete, :del_dir, :del_dir_r]
  @environment [:putenv, :unsetenv]
  # What Phoenix works out of its own configuration, the first that asks for all.
  @worked_out for app <- [:phoenix, :phoenix_template],
                  key <- [:compiled_template_engines, :compiled_format_encoders],
                  do: {app, key}

  @doc "Functions of `:file` and `:prim_file` that read or write."
  def files, do: @contents ++ @names ++ @kinds ++ @writes

  @doc "Functions of `:os` that change the environment."
  def environment, do: @environment

  @doc "Give the keys that a call of `set_env` or `unset_env` sets: `{app, key}`."
  def set([app, key | _]) when is_atom(app), do: [{app, key}]
  def set([settings | _]), do: for({app, each} <- settings, {key, _} <- each, do: {app, key})

  @doc "Give the questions of a call; with the file, keys that any file sets, and the projects."
  def of(:application_controller, :get_env, [app, key | _], {_, set, _}),
    do: if({app, key} in set, do: [was_set(app, key)], else: [{:setting, app, key}])

  def of(:application_controller, :get_all_env, [app], {_, set, _}) do
    case for {^app, key} <- set, do: was_set(app, key) do
      [] -> [{:settings, app}]
      were_set -> Enum.uniq(were_set)
    end
  end

  # Who asks has to find it set, so who sets it is compiled, too.
  def of(:application_controller, name, given, _) when name in [:set_env, :unset_env] do
    for {app, key} <- set(given),
        question <- [was_set(app, key)],
        question != :configuration,
        do: question
  end

  def of(:os, name, [variable | _], _) when name in @environment,
    do: [{:whole, "sets the variable #{variable}"}]

  # What an application of another does not change without being compiled anew.
  def of(:application_controller, name, [app | _], {_, _, projects})
      when name in [:get_key, :get_all_key] do
    for {own, _, _} <- projects, own == app, do: {:always, "Application.spec #{inspect(app)}"}
  end

  # Where it leads other files, and relative paths, is not known.
  def of(:file, :set_cwd, [path], _), do: [{:always, "it goes to #{path}"}]

  def of(module, function, [path | more], {file, _, projects})
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
  def of(Code, function, [module], {_, _, projects}) do
    if own?(module, projects), do: [{:always, "Code.#{function} #{inspect(module)}"}], else: []
  end

  def of(module, function, arguments, _) do
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
      Imagekit.Files.tracked?(path) -> [{:contents, path}]
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

  @doc "Whether a path is a folder, or is in it."
  def below?(path, folder), do: path == folder or String.starts_with?(path, folder <> "/")
end
