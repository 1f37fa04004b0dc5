"""Recipes: data that says where the toolchain comes from and what the runtime is."""
