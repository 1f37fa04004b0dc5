import Config

config :shop, ShopWeb.Endpoint, url: [host: "localhost"], adapter: Bandit.PhoenixAdapter

config :esbuild,
  version: "0.25.4",
  shop: [
    args: ~w(js/app.js --bundle --target=es2022 --outdir=../priv/static/assets/js),
    cd: Path.expand("../assets", __DIR__),
    env: %{"NODE_PATH" => [Path.expand("../deps", __DIR__), Mix.Project.build_path()]}
  ]

config :tailwind,
  version: "4.1.12",
  shop: [
    args: ~w(--input=assets/css/app.css --output=priv/static/assets/css/app.css),
    cd: Path.expand("..", __DIR__)
  ]

import_config "#{config_env()}.exs"
