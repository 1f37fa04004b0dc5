defmodule Pricing.MixProject do
  use Mix.Project

  def project do
    [
      app: :pricing,
      version: "1.1.0",
      build_path: "../../../../_build",
      config_path: "../../../../config/config.exs",
      deps_path: "../../../../deps",
      lockfile: "../../../../mix.lock",
      elixir: "~> 1.16",
      deps: [{:decimal, "~> 2.0"}]
    ]
  end

  def application, do: [extra_applications: [:logger]]
end
