defmodule Pebble do
end
