"""Fixture apps where a row may change them; the fixtures of the engine tests serve here too."""

from __future__ import annotations

from tests.engine.conftest import copy_app, engine, imagekit, settings

__all__ = ["copy_app", "engine", "imagekit", "settings"]
