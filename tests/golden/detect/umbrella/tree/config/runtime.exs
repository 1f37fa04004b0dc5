import Config

config :storefront, port: System.get_env("PORT", "4000")
config :warehouse, queue: System.fetch_env!("QUEUE_URL")
