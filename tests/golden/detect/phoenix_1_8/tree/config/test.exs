import Config

config :bakery, BakeryWeb.Endpoint, server: false
