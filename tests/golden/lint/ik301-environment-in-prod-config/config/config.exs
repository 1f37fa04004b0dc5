import Config

# Grüße: System.get_env("IN_A_COMMENT")
config :shop, greeting: "Grüß Gott, System.get_env(\"IN_A_STRING\")", host: System.get_env("HOST")
config :shop, name: System.fetch_env!(String.upcase("name")), key: :os.getenv("KEY")

import_config "#{config_env()}.exs"
