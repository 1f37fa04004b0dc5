defmodule Mall.MixProject do
  use Mix.Project

  def project do
    [
      app: :mall,
      version: "2.0.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.15",
      deps: []
    ]
  end

  def application, do: [mod: {Mall.Application, []}]
end
