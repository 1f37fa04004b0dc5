import Config
config :shop, secret: System.fetch_env!("SECRET_KEY_BASE")
