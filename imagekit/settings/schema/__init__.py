"""The schema of `imagekit.toml`, one file a table.

base            units, names, strictness
build           `[build]`, `[network]`, `[assets]`
cache           `[cache]`
lint            `[lint]`
runtime         `[runtime.policy]`
services        `[[verify.service]]`
verify          `[verify]` and its tables
configuration   the whole file
"""
