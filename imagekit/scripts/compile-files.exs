# The files of a build: found, digested, packed into a term and unpacked again.
#
# A release has thousands of them. They are read on all processors, and looked at without Elixir's
# conversion of times.
defmodule Imagekit.Files do
  @at_once 100

  @doc "Give `{path, type}` of all files and links at or below a path, by name; `but` is not entered."
  def walk(path, but \\ []) do
    case :file.read_link_info(path, [:raw, time: :posix]) do
      {:ok, info} when elem(info, 2) == :directory ->
        for name <- Enum.sort(File.ls!(path)),
            name not in but,
            each <- walk(Path.join(path, name), but),
            do: each

      {:ok, info} when elem(info, 2) in [:regular, :symlink] ->
        [{path, elem(info, 2)}]

      _ ->
        []
    end
  end

  @doc "Give of each `{path, type}` the digest of its content, and where a link leads."
  def digests(found) do
    side_by_side(found, fn
      {path, :regular} -> {path, digest(path)}
      {path, :symlink} -> {path, File.read_link(path), digest(path)}
    end)
  end

  @doc "Give the digest of a file, or the reason why it cannot be read."
  def digest(path) do
    case File.read(path) do
      {:ok, bytes} -> sha256(bytes)
      {:error, reason} -> reason
    end
  end

  @doc "Give the digest of bytes, in hexadecimal."
  def sha256(bytes), do: Base.encode16(:crypto.hash(:sha256, bytes), case: :lower)

  @doc "Give all that is below a folder: `{path, {:file, mode, bytes} | {:link, target} | :folder}`."
  def pack(root, leave_out \\ fn _path -> false end), do: Enum.sort(below(root, "", leave_out))

  defp below(root, path, leave_out) do
    for name <- File.ls!(Path.join(root, path)),
        path = Path.join(path, name),
        not leave_out.(path),
        each <- member(root, path, leave_out),
        do: each
  end

  defp member(root, path, leave_out) do
    full = Path.join(root, path)

    case File.lstat!(full, time: :posix) do
      %{type: :directory} -> [{path, :folder} | below(root, path, leave_out)]
      %{type: :symlink} -> [{path, {:link, File.read_link!(full)}}]
      %{type: :regular, mode: mode} -> [{path, {:file, mode, File.read!(full)}}]
    end
  end

  @doc "Write packed files below a folder, each with the time of now."
  def unpack(members, root) do
    {folders, rest} = Enum.split_with(members, &match?({_, :folder}, &1))
    File.mkdir_p!(root)
    for {path, :folder} <- folders, do: File.mkdir_p!(Path.join(root, path))

    side_by_side(rest, fn {path, member} ->
      full = Path.join(root, path)
      # What was packed without its folder: of a dependency's sources, what is new.
      File.mkdir_p!(Path.dirname(full))
      write(full, member)
    end)

    :ok
  end

  defp write(full, {:link, target}) do
    File.rm(full)
    File.ln_s!(target, full)
  end

  defp write(full, {:file, mode, bytes}) do
    File.write!(full, bytes)
    File.chmod!(full, Bitwise.band(mode, 0o7777))
  end

  @doc "Whether a packed file is for this machine: what the system's compilers make, not ours."
  def native?({_path, {:file, _mode, <<0x7F, "ELF", _::binary>>}}), do: true
  def native?({_path, {:file, _mode, <<"!<arch>\n", _::binary>>}}), do: true
  def native?(_member), do: false

  @doc "Whether Mix, or whoever watches what sources read, sees that a file of the project changed."
  def tracked?(path),
    do: Path.extname(path) in ~w(.ex .exs .eex .heex .leex) or Path.basename(path) == "mix.lock"

  # What fails, fails here: whoever asked may go on without us.
  defp side_by_side(all, each) do
    all
    |> Enum.chunk_every(@at_once)
    |> Task.async_stream(&attempt(&1, each), timeout: :infinity)
    |> Enum.flat_map(fn
      {:ok, {:done, done}} -> done
      {:ok, {kind, reason, trace}} -> :erlang.raise(kind, reason, trace)
    end)
  end

  defp attempt(some, each) do
    {:done, Enum.map(some, each)}
  catch
    kind, reason -> {kind, reason, __STACKTRACE__}
  end
end
