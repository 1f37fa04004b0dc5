use Mix.Config

config :portal, Portal.Endpoint, server: true
