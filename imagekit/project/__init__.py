"""From a source tree to what imagekit understood of it: `SourceTree`, `read_project`, `Project`."""
