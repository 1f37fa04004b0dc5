import Config

config :shop, ShopWeb.Endpoint, debug_errors: true
