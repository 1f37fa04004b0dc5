# Write what dependencies can see of a project, and nothing else: elixir manifest.exs FOLDER
#
# Run in the project's folder. Each mix.exs keeps its production dependencies and the few
# settings that reach them, the lock file what those dependencies reach, configuration every
# application that is not the project's own. Same meaning, same bytes: what copies from FOLDER
# is cached by its content, so a version, an alias or a dev-only dependency changes nothing there.
# `project` in FOLDER is what fetching needs, `config` beside it what only compiling reads.
#
# What cannot be reduced faithfully goes in whole, and stderr says why: that costs time in some
# later build, never correctness.
for file <- ~w(manifest-projects.exs manifest-lock.exs), do: Code.require_file(file, __DIR__)

defmodule Imagekit.Manifest do
  alias Imagekit.Manifest.{Lock, Projects}

  @masked_version "0.0.0"

  # What fetching and compiling dependencies asks the project for (lib/mix of Elixir; `hex:` is Hex's).
  @reaches_dependencies [
    :app,
    :apps_path,
    :apps,
    :build_path,
    :build_per_environment,
    :config_path,
    :deps_path,
    :hex,
    :lockfile,
    :prune_code_paths
  ]

  def write(target) do
    folder = Path.join(target, "project")
    config = Path.join(target, "config")
    Enum.each([folder, config], &File.mkdir_p!/1)

    [root | _] = projects = Projects.load()
    {local, unreadable} = Projects.path_dependencies(projects)

    Enum.each(projects, &write_project(&1, folder))
    Enum.each(local, &copy(&1.path, folder))
    write_lock(root.settings[:lockfile], projects ++ local, unreadable, folder)
    write_config(root.settings[:config_path], Projects.own_names(projects), config)
  end

  # mix.exs

  defp write_project(project, folder) do
    file = Path.join(project.path, "mix.exs")

    case project_text(project) do
      {:ok, text} ->
        put(folder, file, text)

      :error ->
        whole(file, "its dependencies or settings hold a term that does not read back equal")
        # It may read its neighbours, a VERSION for instance.
        for name <- File.ls!(project.path),
            beside = Path.join(project.path, name),
            File.regular?(beside),
            do: copy(beside, folder)
    end

    for name <- ["deps.get", "deps.compile"],
        (project.given[:aliases] || [])[String.to_atom(name)] do
      say("the alias #{name} of #{plain(file)} does not run where dependencies are built")
    end
  end

  defp project_text(project) do
    kept = Keyword.take(project.given, @reaches_dependencies)

    settings =
      for(key <- @reaches_dependencies, Keyword.has_key?(kept, key), do: {key, kept[key]}) ++
        [version: @masked_version, deps: Enum.map(project.deps, &without_only/1)]

    target = project.default_target
    cli = if target, do: "\n\n  def cli, do: [default_target: #{term(target)}]", else: ""

    if reads_back?(settings) do
      {:ok,
       """
       # Written by imagekit: what dependencies can see of this project's mix.exs.
       defmodule #{inspect(project.module)} do
         use Mix.Project

         def project do
       #{term(settings)}
         end#{cli}
       end
       """}
    else
      :error
    end
  end

  # The order of dependencies stays: Mix compiles in it where nothing else decides.
  defp without_only({name, options}) when is_list(options),
    do: {name, Keyword.delete(options, :only)}

  defp without_only({name, requirement, options}) when is_list(options) do
    case Keyword.delete(options, :only) do
      [] -> {name, requirement}
      rest -> {name, requirement, rest}
    end
  end

  defp without_only(dep), do: dep

  # mix.lock

  defp write_lock(file, projects, unreadable, folder) do
    if File.regular?(file) do
      lock = Mix.Dep.Lock.read(file)

      case {unreadable, Lock.reach(Enum.flat_map(projects, & &1.deps), lock)} do
        {[], {:ok, reached}} ->
          put(folder, file, Lock.text(Map.take(lock, reached)))

        {[], {:unknown, name}} ->
          whole(file, "it does not tell what #{name} depends on")
          copy(file, folder)

        {[name | _], _} ->
          whole(file, "the path dependency #{name} has no mix.exs that tells what it depends on")
          copy(file, folder)
      end
    end
  end

  # Configuration

  defp write_config(file, own, folder) do
    if File.regular?(file) do
      with {:ok, config} <- evaluate(file),
           others =
             for({app, values} <- Enum.sort(config), app not in own, do: {app, sorted(values)}),
           {:ok, text} <- config_text(others) do
        put(folder, file, text)
      else
        {:error, reason} ->
          whole(file, reason)
          for each <- config_folders(file), do: copy(each, folder)
      end
    end
  end

  # Under the environment and at the path that compilation will see.
  defp evaluate(file) do
    if Version.match?(System.version(), ">= 1.11.0") do
      {:ok, read_config(file)}
    else
      {:error, "Elixir #{System.version()} cannot evaluate it for an environment"}
    end
  rescue
    error -> {:error, "it does not evaluate here: #{first_line(Exception.message(error))}"}
  end

  defp read_config(file) do
    # `apply`, because Elixir before 1.11 has it with other arguments and would warn.
    apply(Config.Reader, :read!, [file, [env: Mix.env(), target: Mix.target()]])
  end

  defp sorted(values), do: Enum.sort_by(values, &elem(&1, 0))

  defp config_text(config) do
    text =
      IO.iodata_to_binary([
        "# Written by imagekit: the configuration that dependencies can see.\nimport Config\n",
        for {app, values} <- config do
          ["\nconfig #{inspect(app)}, ", term(values), "\n"]
        end
      ])

    case Enum.find(config, fn {_app, values} -> not reads_back?(values) end) do
      nil -> {:ok, text}
      {app, _} -> {:error, "a value of #{inspect(app)} does not read back equal"}
    end
  end

  # An umbrella of old has one below each child, and imports it.
  defp config_folders(file) do
    apps = for %{path: path} <- own_paths(), do: Path.join(path, "config")
    Enum.filter(Enum.uniq([Path.dirname(file) | apps]), &File.dir?/1)
  end

  defp own_paths, do: for({_name, path} <- Projects.children(), do: %{path: path})

  # Terms

  # Sorted and without limits. A term is written only when it reads back as the same term; it is
  # not indented, because a line of it may be in the middle of a literal.
  defp term(value) do
    inspect(value,
      pretty: true,
      width: 98,
      limit: :infinity,
      printable_limit: :infinity,
      charlists: :as_lists,
      custom_options: [sort_maps: true]
    )
  end

  defp reads_back?(value) do
    {read, _} = Code.eval_string(term(value))
    read === value
  rescue
    _ -> false
  end

  # Files

  defp put(folder, file, text) do
    target = Path.join(folder, plain(file))
    File.mkdir_p!(Path.dirname(target))
    File.write!(target, text)
  end

  defp copy(path, folder) do
    target = Path.join(folder, plain(path))
    File.mkdir_p!(Path.dirname(target))
    File.cp_r!(path, target)
  end

  defp plain(path), do: Path.relative_to(Path.expand(path), File.cwd!())

  defp whole(file, reason), do: say("#{plain(file)} goes in whole: #{reason}")

  defp say(text), do: IO.puts(:stderr, "imagekit: #{text}")

  defp first_line(text), do: text |> String.split("\n", parts: 2) |> hd()
end

[folder] = System.argv()
Mix.start()
Imagekit.Manifest.write(folder)
