defmodule Market.Umbrella.MixProject do
  use Mix.Project

  @version "3.2.0"

  def project do
    [
      apps_path: "apps",
      version: @version,
      default_release: :storefront,
      deps: deps(),
      releases: releases()
    ]
  end

  defp deps, do: [{:credo, "~> 1.7", only: [:dev, :test], runtime: false}]

  defp releases do
    [
      storefront: [applications: [storefront: :permanent], include_erts: true],
      warehouse: [
        version: {:from_app, :warehouse},
        include_erts: false,
        applications: [warehouse: :permanent, runtime_tools: :permanent]
      ]
    ]
  end
end
