# What source files asked while they compiled (compile-reads.exs), and whether the answer is another.
#
# Files are asked when the build is over: one that a build wrote itself is not there when the next
# begins, and so is another. Configuration is that with which a build begins; what is set while
# files compile is made of it.
defmodule Imagekit.Answers do
  alias Imagekit.{Compiled, Files}

  @doc "Give the configuration of all applications as it is: `%{{app, key} => value}`."
  def configuration do
    for {{:env, app, key}, value} <- :ets.tab2list(:ac_tab), into: %{}, do: {{app, key}, value}
  end

  @doc "Give the answers to questions of files: `%{file => %{question => answer}}`, nil where there is none."
  def give(asked, configuration) do
    questions = asked |> Map.values() |> Enum.concat() |> Enum.uniq()
    answers = Map.new(questions, &{&1, answer(&1, configuration)})
    Map.new(asked, fn {file, questions} -> {file, Map.take(answers, questions)} end)
  end

  @doc "Give the files of `%{file => %{question => answer}}` that would be answered otherwise now."
  def changed(answered, configuration) do
    asked = Map.new(answered, fn {file, answers} -> {file, Map.keys(answers)} end)
    now = give(asked, configuration)

    for {file, answers} <- answered,
        Enum.any?(answers, fn {question, was} -> was == nil or now[file][question] != was end),
        do: file
  end

  @doc "Give a file of `%{file => %{question => answer}}` that asked for one of these keys, or nil."
  def who_asked(answered, keys) do
    Enum.find_value(answered, fn {file, answers} ->
      Enum.any?(keys, fn {app, key} ->
        is_map_key(answers, {:setting, app, key}) or is_map_key(answers, {:settings, app})
      end) && file
    end)
  end

  defp answer({:always, _}, _configuration), do: nil
  defp answer({:whole, _}, _configuration), do: nil
  defp answer(:configuration, configuration), do: Compiled.digest(configuration)

  defp answer({:setting, app, key}, configuration),
    do: Compiled.digest(Map.fetch(configuration, {app, key}))

  defp answer({:settings, app}, configuration),
    do: Compiled.digest(Map.filter(configuration, &match?({{^app, _}, _}, &1)))

  defp answer({:contents, path}, _configuration),
    do: Compiled.digest({Files.digest(path)})

  defp answer({:names, path}, _configuration) do
    case File.ls(path) do
      {:ok, names} -> Compiled.digest(Enum.sort(names))
      {:error, reason} -> reason
    end
  end

  # Not its times: they are those of the build.
  defp answer({:kind, path}, _configuration) do
    Compiled.digest({kind(File.lstat(path)), kind(File.stat(path)), File.read_link(path)})
  end

  defp kind({:ok, %{type: :regular} = stat}), do: {:regular, stat.mode, stat.size}
  defp kind({:ok, stat}), do: {stat.type, stat.mode}
  defp kind({:error, reason}), do: reason
end
