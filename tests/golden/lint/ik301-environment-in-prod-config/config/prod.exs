import Config

url =
  System.get_env("DATABASE_URL") ||
    raise "no DATABASE_URL"

# imagekit: ignore=IK301 because the asset host is chosen by the pipeline that builds
config :shop, Shop.Endpoint, static_url: [host: System.get_env("ASSET_HOST")]
config :shop, Shop.Repo, url: url
