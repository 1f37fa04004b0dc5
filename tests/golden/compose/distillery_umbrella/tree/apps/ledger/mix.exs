defmodule Ledger.MixProject do
  use Mix.Project

  def project do
    [
      app: :ledger,
      version: "1.4.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      deps: [{:bcrypt_elixir, "~> 3.0"}]
    ]
  end

  def application, do: [mod: {Ledger.Application, []}]
end
