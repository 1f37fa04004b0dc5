use Mix.Releases.Config, default_release: :bank, default_environment: :prod

environment :prod do
  set include_erts: true
  set include_src: false
end

release :bank do
  set version: "1.4.0"
  set applications: [:runtime_tools, ledger: :permanent, portal: :permanent]
end
