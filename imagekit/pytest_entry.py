"""What pytest finds by the entry point: it names the plugin.

pytest refuses a module that it has already under another name, and `-p imagekit.pytest_plugin`
is what people write. A plugin that another one names is registered once.
"""

from __future__ import annotations

pytest_plugins = ("imagekit.pytest_plugin",)
