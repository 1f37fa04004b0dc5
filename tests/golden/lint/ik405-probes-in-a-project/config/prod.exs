import Config

config :shop, ShopWeb.Endpoint,
  force_ssl: [rewrite_on: [:x_forwarded_proto], exclude: [paths: ["/healthz"], hosts: ["localhost"]]]
