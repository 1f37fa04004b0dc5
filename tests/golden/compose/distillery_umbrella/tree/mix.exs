defmodule Bank.Umbrella.MixProject do
  use Mix.Project

  def project do
    [
      apps_path: "apps",
      start_permanent: Mix.env() == :prod,
      prune_code_paths: false,
      deps: deps()
    ]
  end

  defp deps do
    [{:distillery, "~> 2.1", runtime: false}]
  end
end
