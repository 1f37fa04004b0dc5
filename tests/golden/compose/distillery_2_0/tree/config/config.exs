use Mix.Config

config :till, drawer: "${DRAWER}"
