# What of a mix.lock production dependencies reach: read by `manifest.exs`.
defmodule Imagekit.Manifest.Lock do
  alias Imagekit.Manifest.Projects

  @doc "Give the names of all that dependencies reach, or the first of which the lock tells nothing."
  def reach(deps, lock) do
    bare = for dep <- deps, bare?(Projects.options(dep)), do: elem(dep, 0)
    reach(Enum.map(deps, &elem(&1, 0)), lock, bare, [])
  end

  # A part of a git repository that is no application: icons, for instance. It has no mix.exs.
  defp bare?(options), do: options[:app] == false and options[:sparse] != nil

  defp reach([], _lock, _bare, reached), do: {:ok, reached}

  defp reach([name | rest], lock, bare, reached) do
    cond do
      name in reached -> reach(rest, lock, bare, reached)
      name in bare -> reach(rest, lock, bare, [name | reached])
      true -> reach_from(lock[name], name, rest, lock, bare, reached)
    end
  end

  # Not locked: a path dependency or an umbrella's own; else fetching says that it is missing.
  defp reach_from(nil, name, rest, lock, bare, reached),
    do: reach(rest, lock, bare, [name | reached])

  defp reach_from(entry, name, rest, lock, bare, reached)
       when is_tuple(entry) and elem(entry, 0) == :hex and tuple_size(entry) >= 6 do
    more = for {child, _requirement, options} <- elem(entry, 5), !options[:optional], do: child
    reach(more ++ rest, lock, bare, [name | reached])
  end

  defp reach_from(_entry, name, _rest, _lock, _bare, _reached), do: {:unknown, name}

  @doc "Give the text of a lock file, as Mix writes it."
  def text(lock) do
    lines =
      for {name, entry} <- Enum.sort(lock) do
        ~s(  "#{name}": #{inspect(entry, limit: :infinity, printable_limit: :infinity)},\n)
      end

    IO.iodata_to_binary(["%{\n", lines, "}\n"])
  end
end
