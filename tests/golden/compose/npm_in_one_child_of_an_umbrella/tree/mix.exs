defmodule Mall.Umbrella.MixProject do
  use Mix.Project

  def project do
    [
      apps_path: "apps",
      version: "2.0.0",
      deps: [],
      releases: [
        mall: [applications: [mall: :permanent, mall_web: :permanent]],
        mall_admin: [applications: [mall_admin: :permanent]]
      ]
    ]
  end
end
