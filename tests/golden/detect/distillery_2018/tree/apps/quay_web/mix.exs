defmodule QuayWeb.Mixfile do
  use Mix.Project

  def project do
    [
      app: :quay_web,
      version: "1.4.2",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.5",
      compilers: [:phoenix, :gettext] ++ Mix.compilers,
      deps: deps
    ]
  end

  def application do
    [mod: {QuayWeb.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:phoenix, "~> 1.4.0"},
      {:phoenix_html, "~> 2.11"},
      {:phoenix_live_reload, "~> 1.2", only: :dev},
      {:plug_cowboy, "~> 2.0"},
      {:quay, in_umbrella: true}
    ]
  end
end
