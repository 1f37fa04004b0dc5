defmodule Chart.MixProject do
  use Mix.Project

  def project do
    [
      app: :chart,
      version: "0.1.0",
      elixir: "~> 1.15",
      deps: deps(),
      aliases: aliases()
    ]
  end

  defp deps do
    [
      {:phoenix, "~> 1.7"},
      {:esbuild, "~> 0.8", runtime: Mix.env() == :dev}
    ]
  end

  defp aliases do
    [
      "assets.setup": ["cmd --cd assets npm ci", "esbuild.install --if-missing"],
      "assets.deploy": ["esbuild default --minify", &report/1, "phx.digest"]
    ]
  end

  defp report(_), do: Mix.shell().info("bundled")
end
