defmodule Flint.MixProject do
  use Mix.Project

  def project do
    [
      app: :flint,
      version: "0.1.0",
      elixir: "~> 1.15",
      deps: deps()
    ]
  end

  defp deps do
    [
      {:rustler, "~> 0.36.0", runtime: false},
      {:mdex, "~> 0.4"},
      {:exqlite, "~> 0.30", only: :test}
    ]
  end
end
