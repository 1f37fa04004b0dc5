defmodule Bakery do
end
