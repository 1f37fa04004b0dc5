defmodule Catalogue.MixProject do
  use Mix.Project

  def project do
    [
      app: :catalogue,
      version: "1.0.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.16",
      deps: [{:jason, "~> 1.4"}]
    ]
  end

  def application, do: [extra_applications: [:logger, :crypto]]
end
