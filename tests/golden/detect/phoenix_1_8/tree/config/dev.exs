import Config

config :bakery, BakeryWeb.Endpoint, http: [port: 4000]
