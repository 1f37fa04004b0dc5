import Config

for file <- Path.wildcard(Path.join(__DIR__, "apps/*.exs")), do: import_config(file)
