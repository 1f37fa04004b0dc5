import Config

for name <- ~w(a b), do: System.fetch_env!("CAIRN_#{name}")
