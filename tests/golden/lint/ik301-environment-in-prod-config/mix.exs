defmodule Shop.MixProject do
  use Mix.Project

  def project do
    [app: :shop, version: System.get_env("VERSION") || "0.0.0", elixir: "~> 1.15"]
  end
end
