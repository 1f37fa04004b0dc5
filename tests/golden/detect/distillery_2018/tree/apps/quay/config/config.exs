use Mix.Config

config :quay, database: "${DATABASE_URL}"
