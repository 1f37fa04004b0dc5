defmodule Portal.MixProject do
  use Mix.Project

  def project do
    [
      app: :portal,
      version: "1.4.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      deps: [{:phoenix, "~> 1.7"}, {:ledger, in_umbrella: true}]
    ]
  end

  def application, do: [mod: {Portal.Application, []}]
end
