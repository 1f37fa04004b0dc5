defmodule Ferry.MixProject do
  use Mix.Project

  def project do
    [
      app: :ferry,
      version: "0.1.0",
      elixir: "~> 1.15",
      deps: deps()
    ]
  end

  defp deps do
    [
      {:rope, path: "vendor/rope"},
      {:paint, path: "../paint", only: :dev},
      {:jason, "~> 1.4"}
    ]
  end
end
