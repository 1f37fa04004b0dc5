defmodule Shop.Token do
  @api_token System.get_env("SHOP_API_TOKEN")
  @reader fn -> System.fetch_env!("SHOP_PASSWORD") end
  @ttl System.get_env("TOKEN_TTL") || "60"

  def token, do: System.get_env("SHOP_API_TOKEN")

  if Mix.env() == :prod do
    @secret System.fetch_env!("SHOP_SECRET_KEY")
  end

  defmacro __using__(_) do
    quote do
      @token System.get_env("SHOP_API_TOKEN")
    end
  end

  def all, do: {@api_token, @reader, @ttl, @secret}
end
