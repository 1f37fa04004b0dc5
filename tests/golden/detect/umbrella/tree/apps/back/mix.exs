defmodule Back.MixProject do
  use Mix.Project

  def project, do: [apps_path: "parts", deps: []]
end
