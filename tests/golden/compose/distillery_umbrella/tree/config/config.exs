use Mix.Config

config :portal, Portal.Endpoint, http: [port: {:system, "PORT"}]
import_config "#{Mix.env()}.exs"
