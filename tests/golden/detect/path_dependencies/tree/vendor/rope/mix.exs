defmodule Rope.MixProject do
  use Mix.Project

  def project do
    [
      app: :rope,
      version: "2.0.1",
      elixir: "~> 1.15",
      deps: deps()
    ]
  end

  defp deps do
    [
      {:fibre, path: "../fibre"},
      {:ex_doc, "~> 0.34", only: :dev},
      {:decimal, "~> 2.0"}
    ]
  end
end
