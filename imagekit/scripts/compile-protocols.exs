# Protocols, consolidated from where the last build left them.
#
# Mix consolidates again what was compiled again and what has other implementations
# (Mix.Tasks.Compile.Protocols of Elixir 1.18); a consolidated protocol knows them by their names
# alone (Protocol.consolidate/2). When the configuration is younger it consolidates everything, for
# dependencies may be others; here these are the same, and a protocol holds no configuration.
defmodule Imagekit.Protocols do
  alias Imagekit.Files

  # Younger than any file of configuration, in seconds since 1970.
  @young 4_611_686_018_427_387_904

  @doc "Give what is kept of them for the next build, or nil where nothing is consolidated."
  def pack do
    case File.read(note()) do
      {:ok, note} -> {note, Files.pack(Mix.Project.consolidation_path())}
      {:error, _} -> nil
    end
  end

  @doc "Consolidate what `before`, which `pack` gave, does not have."
  def consolidate(before) do
    if Mix.Project.config()[:consolidate_protocols] do
      if before, do: restore(before)
      Mix.Task.run("compile.protocols")
    end
  end

  defp restore({note, files}) do
    [version | {_time, known}] = :erlang.binary_to_term(note)
    Files.unpack(files, Mix.Project.consolidation_path())
    File.mkdir_p!(Path.dirname(note()))
    File.write!(note(), :erlang.term_to_binary([version | {@young, known}]))
  end

  @doc "Take away what is consolidated: all is compiled once more."
  def remove do
    File.rm(note())
    File.rm_rf!(Mix.Project.consolidation_path())
  end

  defp note, do: Path.join(Mix.Project.manifest_path(), "compile.protocols")
end
