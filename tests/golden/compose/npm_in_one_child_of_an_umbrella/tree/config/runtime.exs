import Config

if System.get_env("PHX_SERVER"), do: config(:mall_web, MallWeb.Endpoint, server: true)
config :mall_web, MallWeb.Endpoint, secret_key_base: System.fetch_env!("SECRET_KEY_BASE")
