"""The JSON schema that editors use is the schema that imagekit uses."""

from __future__ import annotations

import json

import jsonschema
import pytest
import tomli

from imagekit.settings.json_schema import FILE, json_schema
from imagekit.settings.template import template


def test_the_shipped_schema_is_current(refresh_goldens: bool) -> None:
    if refresh_goldens:
        FILE.write_text(json_schema(), encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize(
    "text",
    [
        "",
        template(),
        'recipe = "debian"\n[verify.budget]\ncompressed = "30MB"\nboot = "5s"',
        '[verify]\nenv = { A = "b", SECRET = { generate = 64 } }\n[verify.release.jobs]\nlog = "x"',
    ],
)
def test_it_takes_what_imagekit_takes(text: str) -> None:
    jsonschema.validate(tomli.loads(text), json.loads(json_schema()))


@pytest.mark.parametrize("text", ['recipie = "debian"', "port = 0", "[verify.budget]\nboot = []"])
def test_it_refuses_what_imagekit_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomli.loads(text), json.loads(json_schema()))
