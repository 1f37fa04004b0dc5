defmodule Rope do
end
