defmodule MallAdmin.MixProject do
  use Mix.Project

  def project do
    [
      app: :mall_admin,
      version: "2.0.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.15",
      deps: [{:mall, in_umbrella: true}, {:money, path: "../../libs/money"}]
    ]
  end

  def application, do: [mod: {MallAdmin.Application, []}]
end
