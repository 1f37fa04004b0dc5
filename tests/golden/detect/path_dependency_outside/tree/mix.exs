defmodule Lonely.MixProject do
  use Mix.Project

  def project do
    [
      app: :lonely,
      version: "0.1.0",
      elixir: "~> 1.15",
      deps: deps()
    ]
  end

  defp deps do
    [
      {:shared, path: "../shared"}
    ]
  end
end
