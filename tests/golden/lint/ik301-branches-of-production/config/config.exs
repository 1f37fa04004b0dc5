import Config

if config_env() == :dev do
  config :shop, editor: System.get_env("PLUG_EDITOR")
end

config :shop, host: if(config_env() == :prod, do: "shop.example", else: System.get_env("HOST"))

if config_env() != :test do
  config :shop, region: System.get_env("REGION")
end
