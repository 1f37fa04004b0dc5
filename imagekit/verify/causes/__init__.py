"""Rules of the diagnosis: each knows one cause. Pure."""
