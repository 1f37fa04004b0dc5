use Mix.Config

import_config "../apps/*/config/config.exs"
