defmodule Storefront.MixProject do
  use Mix.Project

  def project do
    [
      app: :storefront,
      version: "3.2.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.16",
      deps: [{:phoenix, "~> 1.7"}, {:catalogue, in_umbrella: true}, {:pricing, path: "../back/parts/pricing"}]
    ]
  end

  def application, do: [extra_applications: [:logger]]
end
