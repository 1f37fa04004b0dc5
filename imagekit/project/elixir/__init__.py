"""Reading Elixir without running it: a parser, its mistakes, and what literals say."""
