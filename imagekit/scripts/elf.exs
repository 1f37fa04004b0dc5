# What the headers of an ELF file say of the libraries that it needs: read by `needs.exs`.

defmodule Elf do
  # ELF gABI 4.1, chapters 4 and 5. `little` because every Linux that Erlang ships for is.
  @load 1
  @dynamic 2
  @interpreter 3
  @needed 1
  @strings 5
  @search [15, 29]

  def read(path) do
    with {:ok, %{type: :regular}} <- File.stat(path),
         {:ok, <<0x7F, "ELF", class, 1, _::binary>> = start} <- head(path, 64),
         {:ok, all} <- File.read(path),
         {:ok, elf} <- parse(class, start, all) do
      elf
    else
      _ -> nil
    end
  end

  def head(path, size), do: File.open!(path, [:raw, :binary], &:file.read(&1, size))

  defp parse(
         2,
         <<_::binary-16, type::little-16, machine::little-16, _::binary-12, offset::little-64,
           _::binary-14, size::little-16, count::little-16, _::binary>>,
         all
       )
       when type in [2, 3] do
    segments =
      for <<kind::little-32, _::32, at::little-64, address::little-64, _::64, length::little-64,
            _::binary>> <- table(all, offset, size, count),
          do: {kind, at, address, length}

    {:ok, facts({2, machine}, 64, segments, all)}
  end

  defp parse(
         1,
         <<_::binary-16, type::little-16, machine::little-16, _::binary-8, offset::little-32,
           _::binary-10, size::little-16, count::little-16, _::binary>>,
         all
       )
       when type in [2, 3] do
    segments =
      for <<kind::little-32, at::little-32, address::little-32, _::32, length::little-32,
            _::binary>> <- table(all, offset, size, count),
          do: {kind, at, address, length}

    {:ok, facts({1, machine}, 32, segments, all)}
  end

  defp parse(_, _, _), do: :error

  defp table(_all, _offset, _size, 0), do: []

  defp table(all, offset, size, count),
    do: for(index <- 0..(count - 1), do: binary_part(all, offset + index * size, size))

  defp facts(machine, word, segments, all) do
    entries =
      for {@dynamic, at, _, length} <- segments,
          <<tag::little-size(word), value::little-size(word) <- binary_part(all, at, length)>>,
          do: {tag, value}

    names = for {@strings, address} <- entries, do: file_offset(segments, address)

    %{
      machine: machine,
      interpreter:
        Enum.find_value(segments, fn
          {@interpreter, at, _, _} -> text(all, at)
          _ -> nil
        end),
      needed: for({@needed, at} <- entries, base <- names, do: text(all, base + at)),
      search:
        for({tag, at} <- entries, tag in @search, base <- names, do: text(all, base + at))
        |> Enum.flat_map(&String.split(&1, ":", trim: true))
    }
  end

  defp file_offset(segments, address) do
    Enum.find_value(segments, fn
      {@load, at, start, length} when address >= start and address < start + length ->
        at + address - start

      _ ->
        nil
    end)
  end

  defp text(all, at) do
    [text | _] = :binary.split(binary_part(all, at, min(4096, byte_size(all) - at)), <<0>>)
    text
  end
end
