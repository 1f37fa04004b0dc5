"""Configuration: `imagekit.toml`, `IMAGEKIT_*` and flags."""
