# What earlier builds compiled, in a cache mount: entries that are found by what they were made of.
#
# An entry is one file, `KEY.DIGEST`: the key says what it was made of, the digest is that of the
# file itself. One that was changed is found out, dropped and made again. It gets its name when it
# is whole, so builds at once do not disturb each other: at worst both make the same.
#
# Everything here may fail without harm: what cannot be read was never there, what cannot be
# written is compiled once more in the next build.
defmodule Imagekit.Compiled do
  alias Imagekit.Files

  # What all entries of one kind may take together; those that were used last stay.
  @most_bytes 1_073_741_824
  @most_bytes_of_lists 4_194_304

  @doc "Whether entries may be read: the word `cold` asks for a build from nothing."
  def readable?, do: ["cold"] not in told()

  # What the build is told in a secret, which is in no cache key: words, a line each.
  defp told do
    case File.read("/run/secrets/imagekit_compiled") do
      {:ok, text} -> text |> String.split("\n") |> Enum.map(&String.split/1)
      {:error, _} -> []
    end
  end

  @doc """
  Give the files of an entry, or :none.

  Of several with one key none is believed where `content` tells them apart, and none stays: they
  may have come with a seed, and which of them is right nothing tells but compiling again.
  """
  def fetch(folder, key, content \\ fn _files -> nil end) do
    paths = if readable?(), do: Path.wildcard(Path.join(folder, "#{key}.*")), else: []
    found = Enum.flat_map(paths, &read(&1, key))

    case Enum.uniq_by(found, fn {_path, files} -> content.(files) end) do
      [] ->
        :none

      [{path, files}] ->
        # Its time is when it was used last.
        File.touch(path)
        used(path)
        {:ok, files}

      _several ->
        say("#{Path.join(folder, key)} is #{length(found)} entries that differ: all dropped")
        for {path, _files} <- found, do: File.rm(path)
        :none
    end
  end

  defp read(path, key) do
    with {:ok, bytes} <- File.read(path) do
      if Path.basename(path) == "#{key}.#{digest(bytes)}" do
        [{path, :erlang.binary_to_term(bytes)}]
      else
        say("#{path} is not what was stored: dropped")
        File.rm(path)
        []
      end
    else
      _ -> []
    end
  end

  @doc "Keep files under a key; give the entry's path, or nil where nothing can be kept."
  def store(folder, key, files) do
    bytes = :erlang.term_to_binary(files)
    entry = Path.join(folder, "#{key}.#{digest(bytes)}")
    draft = Path.join(folder, ".draft-#{System.pid()}-#{:erlang.unique_integer([:positive])}")

    with :ok <- File.mkdir_p(folder),
         :ok <- File.write(draft, bytes),
         :ok <- File.rename(draft, entry) do
      used(entry)
      entry
    else
      {:error, reason} ->
        File.rm(draft)
        say("nothing is kept in #{folder}: #{:file.format_error(reason)}")
        nil
    end
  end

  defp used(entry) do
    {folder, name} = {Path.dirname(entry), Path.basename(entry)}
    Process.put({__MODULE__, folder}, [name | Process.get({__MODULE__, folder}, [])])
  end

  @doc "Take back what was read or stored: nothing of it went into the build, and the list is empty."
  def nothing_used(folder) do
    Process.delete({__MODULE__, folder})
    list_used(folder)
  end

  @doc "List which entries of a folder were read or stored, where the build was told a name for it."
  def list_used(folder) do
    lists = Path.join(Path.dirname(folder), "used")

    for ["name", name] <- told() do
      entries = {__MODULE__, folder} |> Process.get([]) |> Enum.uniq() |> Enum.sort()
      # Of the app's, what was read is dropped when the next is stored.
      entries = Enum.filter(entries, &File.exists?(Path.join(folder, &1)))
      draft = Path.join(lists, ".draft-#{System.pid()}-#{:erlang.unique_integer([:positive])}")
      File.mkdir_p(lists)
      File.write(draft, Enum.map(entries, &[&1, ?\n]))
      File.rename(draft, Path.join(lists, "#{name}.#{Path.basename(folder)}"))
    end

    prune(lists, @most_bytes_of_lists)
  end

  @doc "Drop all entries of a key but one. Not by their times: two within a second are one."
  def drop_others(folder, key, entry) do
    for path <- Path.wildcard(Path.join(folder, "#{key}.*")), path != entry, do: File.rm(path)
  end

  @doc "Drop what was not used for longest, until the rest is small enough; and old drafts."
  def prune(folder, most \\ @most_bytes) do
    found =
      for path <- Path.wildcard(Path.join(folder, "*"), match_dot: true),
          {:ok, stat} <- [File.stat(path, time: :posix)],
          stat.type == :regular,
          do: {stat.mtime, stat.size, path}

    yesterday = System.os_time(:second) - 86_400

    {drafts, entries} =
      Enum.split_with(found, fn {_, _, path} -> String.starts_with?(Path.basename(path), ".") end)

    for {time, _, path} <- drafts, time < yesterday, do: File.rm(path)

    Enum.reduce(Enum.sort(entries, :desc), 0, fn {_, size, path}, sum ->
      if sum + size > most, do: File.rm(path)
      sum + size
    end)
  end

  # Digests

  @doc "Give the digest of a term, or of bytes, in hexadecimal."
  def digest(bytes) when is_binary(bytes), do: Files.sha256(bytes)

  # Without `deterministic` the order of a map's keys would differ from VM to VM.
  def digest(term), do: digest(:erlang.term_to_binary(term, [:deterministic]))

  @doc "Give all that decides what is compiled, whatever is compiled."
  def toolchain do
    {
      System.build_info(),
      :erlang.system_info(:system_version),
      :erlang.system_info(:system_architecture),
      File.read(Path.join([:code.root_dir(), "releases", System.otp_release(), "OTP_VERSION"])),
      Enum.sort(Enum.reject(System.get_env(), &elsewhere?/1)),
      File.cwd!(),
      # Compilers, headers and libraries of the builder.
      for(file <- ["/var/lib/dpkg/status", "/lib/apk/db/installed"], do: Files.digest(file)),
      # Whoever changes these scripts may change what they store.
      for(file <- Path.wildcard("/imagekit/compile*"), do: Files.digest(file))
    }
  end

  # How the network is reached and what the shell counts; the rest of the environment may be read
  # by whatever compiles.
  @elsewhere ~w(HOSTNAME PWD OLDPWD SHLVL _ SSH_AUTH_SOCK SSL_CERT_FILE HEX_CACERTS_PATH HEX_HOME
                HEX_MIRROR HEX_REPOS_KEY NODE_EXTRA_CA_CERTS GIT_SSL_CAINFO GIT_CONFIG_GLOBAL
                GIT_SSH_COMMAND CURL_CA_BUNDLE CARGO_HTTP_CAINFO NPM_CONFIG_USERCONFIG
                HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY SOURCE_DATE_EPOCH)

  defp elsewhere?({name, _value}), do: String.upcase(name) in @elsewhere

  def say(text), do: IO.puts("imagekit: #{text}")
end
