defmodule Storefront do
end
