defmodule Money.MixProject do
  use Mix.Project

  def project, do: [app: :money, version: "0.3.0"]
end
