defmodule Backoffice do
end
