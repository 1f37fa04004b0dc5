use Mix.Config

config :quay_web, QuayWeb.Endpoint,
  http: [:inet6, port: {:system, "PORT"}],
  url: [host: "${HOST}", port: 443],
  secret_key_base: "${SECRET_KEY_BASE}"

import_config "prod.secret.exs"
