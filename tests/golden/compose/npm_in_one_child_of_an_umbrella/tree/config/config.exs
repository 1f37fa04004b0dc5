import Config

config :mall_web, MallWeb.Endpoint, url: [host: "localhost"]
