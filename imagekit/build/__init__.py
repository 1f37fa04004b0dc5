"""The build use case: a plan becomes an image in the engine."""
