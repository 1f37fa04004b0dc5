# What a divided release needs of the system below it: read by `rootfs` and `needed-packages`,
# which say what becomes of it.
#
# Libraries are followed by DT_NEEDED in the builder, and so in what the release was linked
# against. The loader is not asked: it would choose by this machine's processor (glibc-hwcaps).

defmodule Needs do
  # What a library opens by its name; no ELF header tells. Taken where the builder has it.
  # Name services `files` and `dns` are in libc itself since glibc 2.34.
  @by_name %{
    # pthread_exit and backtrace
    "libc.so.6" => ["libgcc_s.so.1"],
    # Erlang's crypto loads the legacy provider too
    "libcrypto.so.3" => ["ossl-modules/legacy.so"],
    # what `remote` and `start_iex` know of terminals
    "libtinfo.so.6" => ["/usr/share/terminfo", "/usr/lib/terminfo"],
    "libncursesw.so.6" => ["/etc/terminfo", "/usr/share/terminfo"]
  }

  # `layers`: a folder a group, each with what will be at `app`.
  def given(layers, app), do: %{layers: layers, app: app, folders: library_folders()}

  # --- the release: files by the path they will have ---

  def release_files(given) do
    for group <- File.ls!(given.layers),
        top = Path.join(given.layers, group) <> given.app,
        path <- Path.wildcard(top <> "/**", match_dot: true),
        File.lstat!(path).type == :regular do
      Path.join(given.app, Path.relative_to(path, top))
    end
    |> Enum.sort()
  end

  # Where in this builder a path of the image is.
  def here(given, path) do
    if String.starts_with?(path, given.app <> "/") do
      places = for group <- File.ls!(given.layers), do: Path.join(given.layers, group) <> path
      Enum.find(places, path, &File.exists?/1)
    else
      path
    end
  end

  # Scripts with the line that names their interpreter.
  def scripts(given, release),
    do: for(path <- release, line = interpreter_line(given, path), do: {path, line})

  defp interpreter_line(given, path) do
    case Elf.head(here(given, path), 128) do
      {:ok, "#!" <> rest} -> rest |> String.split("\n") |> hd() |> String.trim()
      _ -> if Path.basename(path) == "env.sh", do: "/bin/sh"
    end
  end

  # Interpreters of boot scripts in another language than sh: Distillery's are bash. Where the
  # builder has none, it is called as the script calls it.
  def other_interpreters(given, scripts) do
    for {path, line} <- scripts,
        ours = Path.relative_to(path, given.app),
        String.starts_with?(ours, ["bin/", "releases/"]),
        command = command(String.split(line)),
        Path.basename(command) != "sh",
        do: {path, command}
  end

  defp command(["/usr/bin/env", name | _]), do: System.find_executable(name) || name
  defp command([command | _]), do: command
  defp command([]), do: nil

  # --- what is asked for ---

  # What no file of the release tells: `PACKAGE`, or `PACKAGE=DEPENDENCY`.
  def asked(word) do
    case String.split(word, "=", parts: 2) do
      [package, dependency] -> {package, "dependency", dependency}
      [package] -> {package, "package", package}
    end
  end

  # --- libraries ---

  # All that `first` and the release need and the release does not bring: path, how, by whom.
  # Ends the build for a file of another machine, and for a library that is nowhere.
  def closure!(given, release, first, owners) do
    foreign = foreign(given, release)
    if foreign != [], do: stop_for_machine(foreign)

    starts = release ++ for {path, _, _} <- first, do: path
    found = Enum.uniq(first ++ closure(given, starts))
    missing = for {:missing, name, by} <- found, do: {name, by}
    if missing != [], do: stop(missing, owners)

    Enum.reject(found, fn {path, _, _} -> String.starts_with?(path, given.app <> "/") end)
  end

  defp closure(given, starts), do: closure(given, starts, MapSet.new(), [])
  defp closure(_given, [], _seen, found), do: Enum.reverse(found)

  defp closure(given, [path | rest], seen, found) do
    identity = Packages.real(here(given, path))

    if MapSet.member?(seen, identity) do
      closure(given, rest, seen, found)
    else
      needs = needs(given, path, Elf.read(here(given, path)))
      next = for {to, _, _} <- needs, is_binary(to), do: to
      closure(given, rest ++ next, MapSet.put(seen, identity), Enum.reverse(needs) ++ found)
    end
  end

  defp needs(_given, _path, nil), do: []

  defp needs(given, path, elf) do
    interpreter = if elf.interpreter, do: [{elf.interpreter, "loads", path}], else: []
    origin = Path.dirname(path)
    own = for folder <- elf.search, do: Regex.replace(~r/\$(ORIGIN|\{ORIGIN\})/, folder, origin)

    libraries =
      for name <- elf.needed, not musls_own?(name) do
        case find(given, name, own, elf.machine) do
          nil -> {:missing, name, path}
          library -> {library, "needs", path}
        end
      end

    by_name =
      for name <- Map.get(@by_name, Path.basename(path), []),
          file <- opened(given, name, elf.machine),
          do: {file, "opens", path}

    interpreter ++ libraries ++ by_name
  end

  # Names that musl's loader takes for itself (ldso/dynlink.c, load_library).
  defp musls_own?(name) do
    musl?() and Regex.match?(~r/^lib(c|pthread|rt|m|dl|util|xnet)\.so/, name)
  end

  defp opened(_given, "/" <> _ = folder, _machine),
    do: for(file <- Path.wildcard(folder <> "/**"), File.regular?(file), do: file)

  defp opened(given, name, machine), do: List.wrap(find(given, name, [], machine))

  defp find(given, name, own, machine) do
    candidates =
      if String.contains?(name, "/") and String.starts_with?(name, "/"),
        do: [name],
        else: Enum.map(own ++ given.folders, &Path.expand(Path.join(&1, name)))

    Enum.find(candidates, fn path ->
      match?(%{machine: ^machine}, Elf.read(here(given, path)))
    end)
  end

  # musl has no ld.so.conf: a file of its own, or the folders that its ldso/dynlink.c has.
  defp library_folders do
    own = Path.wildcard("/etc/ld-musl-*.path")

    cond do
      not musl?() ->
        Enum.uniq(configured("/etc/ld.so.conf") ++ ~w(/lib /usr/lib /lib64 /usr/lib64))

      own != [] ->
        String.split(File.read!(hd(own)), [":", "\n"], trim: true)

      true ->
        ~w(/lib /usr/local/lib /usr/lib)
    end
  end

  # Debian's package of musl brings that loader too.
  defp musl?,
    do: Path.wildcard("/lib/ld-musl-*.so.1") != [] and not File.regular?("/etc/ld.so.conf")

  defp configured(file) do
    lines = if File.regular?(file), do: String.split(File.read!(file), "\n"), else: []

    Enum.flat_map(lines, fn line ->
      case String.split(hd(String.split(line <> "#", "#"))) do
        ["include", pattern] ->
          pattern |> Path.wildcard() |> Enum.sort() |> Enum.flat_map(&configured/1)

        [folder] ->
          [folder]

        _ ->
          []
      end
    end)
  end

  # --- what cannot run here ---

  # The VM tells which machine the release is for; a library of another is never loaded.
  defp foreign(given, release) do
    elves = for path <- release, elf = Elf.read(here(given, path)), do: {path, elf.machine}

    vm =
      Enum.find_value(elves, fn {path, machine} ->
        String.ends_with?(path, "/beam.smp") && machine
      end)

    for {path, machine} <- elves, vm != nil and machine != vm, do: {path, machine, vm}
  end

  defp stop_for_machine(foreign) do
    for {path, machine, vm} <- foreign do
      IO.puts(
        :stderr,
        "imagekit: file for another machine: #{path} is for #{machine(machine)}, the VM for #{machine(vm)}"
      )
    end

    System.halt(1)
  end

  # e_machine of the gABI; a number says more than nothing.
  @machines %{3 => "i686", 40 => "arm", 62 => "x86_64", 183 => "aarch64", 243 => "riscv64"}
  defp machine({class, number}),
    do: Map.get(@machines, number, "machine #{number}") <> " (#{class * 32} bits)"

  defp stop(missing, owners) do
    for {name, by} <- Enum.sort(missing) do
      from = if owners[by], do: " of the package #{elem(owners[by], 0)}", else: ""
      IO.puts(:stderr, "imagekit: library not found: #{name}, which #{by}#{from} needs")
    end

    IO.puts(:stderr, "imagekit: add the package that has it to `packages` of [build]")
    System.halt(1)
  end

  # --- the list ---

  # This layer is pushed again only when it holds other files: the release's own version, or a
  # library's, in a reason would change it with every release.
  defp unversioned(given, path) do
    case Path.split(Path.relative_to(path, given.app)) do
      ["releases", _version | rest] when rest != [] ->
        Path.join([given.app, "releases", "*" | rest])

      ["lib", library | rest] when rest != [] ->
        [name | _] = String.split(library, "-", parts: 2)
        Path.join([given.app, "lib", name <> "-*" | rest])

      _ ->
        path
    end
  end

  # One row a line, columns between tabs: path, package, version, how, by whom.
  def lines(given, rows) do
    for [path, name, version, how | by] <- rows do
      by = by |> Enum.map(&unversioned(given, &1)) |> Enum.uniq() |> Enum.sort()
      [Enum.join([path, name, version, how | by], "\t"), "\n"]
    end
  end
end
