defmodule Till.MixProject do
  use Mix.Project

  def project do
    [app: :till, version: "0.9.0", elixir: "~> 1.8", deps: [{:distillery, "~> 2.0"}]]
  end

  def application, do: [mod: {Till.Application, []}]
end
