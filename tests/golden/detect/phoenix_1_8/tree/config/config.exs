import Config

config :bakery, ecto_repos: [Bakery.Repo]
config :bakery, BakeryWeb.Endpoint, url: [host: "localhost"], adapter: Bandit.PhoenixAdapter

config :esbuild,
  version: "0.25.4",
  bakery: [
    args: ~w(js/app.js --bundle --outdir=../priv/static/assets/js),
    cd: Path.expand("../assets", __DIR__),
    env: %{"NODE_PATH" => [Path.expand("../deps", __DIR__), Mix.Project.build_path()]}
  ]

# Last, so that it overrides what stands above.
import_config "#{config_env()}.exs"
