defmodule Hasher.MixProject do
  use Mix.Project

  def project do
    [
      app: :hasher,
      version: "0.9.0",
      elixir: "~> 1.16",
      deps: deps(),
      releases: [hasher: [include_executables_for: [:unix]]]
    ]
  end

  def application, do: [extra_applications: [:logger], mod: {Hasher.Application, []}]

  defp deps do
    [
      {:wire, git: "https://git.example.com/team/wire.git", ref: "4d1f1b0"},
      {:rustler, "~> 0.36", runtime: false}
    ]
  end
end
