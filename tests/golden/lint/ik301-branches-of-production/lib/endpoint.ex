defmodule Shop.Endpoint do
  domain =
    if Mix.env() == :prod do
      ".shop.example"
    else
      System.get_env("HOST", "localhost")
    end

  @domain domain
  @pool System.get_env("POOL")
end
