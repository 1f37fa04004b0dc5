# The project, its children and its path dependencies, as Mix loads them: read by `manifest.exs`.
defmodule Imagekit.Manifest.Projects do
  @doc "Give the project in this folder, first, and its children by name."
  def load do
    root = load_root()
    [root | Enum.map(children(), fn {name, path} -> load(name, path) end)]
  end

  defp load_root do
    seen_by("mix.exs", fn ->
      Code.compile_file("mix.exs")
      loaded(".")
    end)
  end

  defp load(name, path) do
    seen_by(Path.join(path, "mix.exs"), fn ->
      Mix.Project.in_project(name, path, fn _module -> loaded(path) end)
    end)
  end

  defp seen_by(file, load) do
    load.()
  rescue
    error ->
      IO.puts(
        :stderr,
        "imagekit: #{file} does not load; here it sees the files beside it, mix.lock and config/"
      )

      reraise error, __STACKTRACE__
  end

  defp loaded(path) do
    module = Mix.Project.get!()
    cli = if function_exported?(module, :cli, 0), do: module.cli(), else: []
    given = if function_exported?(module, :project, 0), do: module.project(), else: []

    %{
      path: path,
      module: module,
      given: given,
      settings: Mix.Project.config(),
      default_target: cli[:default_target] || given[:default_target],
      deps: Enum.filter(given[:deps] || [], &wanted?/1)
    }
  end

  @doc "Give names and folders of an umbrella's children."
  def children do
    Enum.sort(Mix.Project.apps_paths() || %{})
  end

  @doc "Give the names that the configuration may call the project's own apps by."
  def own_names(projects) do
    for %{given: given, path: path} <- projects,
        name <- [given[:app], path != "." && String.to_atom(Path.basename(path))],
        name,
        uniq: true,
        do: name
  end

  defp wanted?(dep) do
    allows?(options(dep)[:only], Mix.env()) and allows?(options(dep)[:targets], Mix.target())
  end

  defp allows?(nil, _value), do: true
  defp allows?(values, value), do: value in List.wrap(values)

  @doc "Give the options of a dependency, in whichever form it is written."
  def options({_name, options}) when is_list(options), do: options
  def options({_name, _requirement, options}) when is_list(options), do: options
  def options(_dep), do: []

  @doc """
  Give the path dependencies, and the names of those that do not tell what they depend on.

  They are compiled with the others and go in whole; what they depend on counts.
  """
  def path_dependencies(projects) do
    own_folders = Enum.map(projects, & &1.path)
    follow(Enum.flat_map(projects, &local_folders/1), own_folders, [], [])
  end

  defp follow([], _seen, found, unreadable), do: {Enum.reverse(found), Enum.reverse(unreadable)}

  defp follow([{name, path} | rest], seen, found, unreadable) do
    cond do
      path in seen or not File.dir?(path) ->
        follow(rest, seen, found, unreadable)

      File.regular?(Path.join(path, "mix.exs")) ->
        project = load(name, path)
        follow(local_folders(project) ++ rest, [path | seen], [project | found], unreadable)

      true ->
        bare = %{path: path, deps: []}
        follow(rest, [path | seen], [bare | found], [name | unreadable])
    end
  end

  defp local_folders(%{deps: deps, path: path}) do
    for dep <- deps,
        below = options(dep)[:path],
        folder = Path.relative_to(Path.expand(below, path), File.cwd!()),
        Path.type(folder) == :relative,
        do: {elem(dep, 0), folder}
  end
end
