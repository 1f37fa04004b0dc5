"""The JSON schema of `imagekit.toml`, shipped for editors beside this module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from imagekit.settings.schema.configuration import Configuration

FILE: Final = Path(__file__).parent / "imagekit.schema.json"

_COMMENT: Final = (
    "Generated from imagekit/settings/schema/ by "
    "`pytest tests/unit/settings/test_json_schema.py --refresh-goldens`; do not edit."
)


def json_schema() -> str:
    """Give the schema as JSON, keys sorted."""
    schema = Configuration.model_json_schema(mode="validation")
    document = {
        **schema,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": _COMMENT,
        "title": "imagekit.toml",
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
