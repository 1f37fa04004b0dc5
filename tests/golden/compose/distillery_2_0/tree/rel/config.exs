use Mix.Releases.Config, default_release: :till, default_environment: :prod

environment :prod do
  set include_erts: true
end

release :till do
  set version: current_version(:till)
end
