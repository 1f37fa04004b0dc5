"""imagekit: small, layered, verified container images for Elixir projects."""

__version__ = "0.1.0"
