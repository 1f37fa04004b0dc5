defmodule MallWeb.MixProject do
  use Mix.Project

  def project do
    [
      app: :mall_web,
      version: "2.0.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.15",
      deps: [{:phoenix, "~> 1.8"}, {:phoenix_html, "~> 4.0"}, {:mall, in_umbrella: true}]
    ]
  end

  def application, do: [mod: {MallWeb.Application, []}]
end
