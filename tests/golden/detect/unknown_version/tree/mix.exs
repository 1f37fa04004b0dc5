defmodule Cairn.MixProject do
  use Mix.Project

  def project do
    [
      app: :cairn,
      version: version(),
      elixir: "~> 1.15",
      deps: deps(),
      releases: [cairn: [version: version(), include_erts: System.get_env("ERTS") || true]]
    ]
  end

  defp deps do
    [
      {:jason, "~> 1.4"},
      internal("cairn_core"),
      {:plug, System.get_env("PLUG_VERSION", "~> 1.15")}
    ]
  end

  defp internal(name), do: {String.to_atom(name), "~> 1.0", organization: "cairn"}

  defp version do
    case System.cmd("git", ["describe", "--tags"]) do
      {tag, 0} -> String.trim(tag)
      _ -> "0.0.0-dev"
    end
  end
end
