defmodule Quay.Mixfile do
  use Mix.Project

  def project do
    [app: :quay, version: "1.4.2", elixir: "~> 1.6", deps: [{:bcrypt_elixir, "~> 1.1"}]]
  end

  def application do
    [mod: {Quay.Application, []}, extra_applications: [:logger]]
  end
end
