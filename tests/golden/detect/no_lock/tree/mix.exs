defmodule Pebble.MixProject do
  use Mix.Project

  def project do
    [
      app: :pebble,
      version: "0.1.0",
      elixir: "~> 1.15",
      deps: deps()
    ]
  end

  defp deps do
    [
      {:jason, "~> 1.4"},
      {:grains, git: "https://git.example.com/grains.git", branch: "main"}
    ]
  end
end
