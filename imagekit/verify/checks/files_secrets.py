"""No secrets: tokens, credentials and private keys are in no layer, deleted or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.engine.images import Entry
from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import KEY_FILE
from imagekit.verify.layers import where

_NAMES: Final = (
    # npm packages publish an `.npmrc` of their own now and then: in node_modules it is theirs.
    (re.compile(r"(?!.*\bnode_modules/)(?:.*/)?\.npmrc"), "registry tokens"),
    (
        re.compile(r"(?:.*/)?\.(?:netrc|pypirc|git-credentials|pgpass|my\.cnf|htpasswd|s3cfg)"),
        "credentials",
    ),
    (re.compile(r"(?:.*/)?\.docker/config\.json|(?:.*/)?\.dockercfg"), "registry credentials"),
    (re.compile(r"(?:.*/)?\.hex/(?:hex\.config|cache\.ets)"), "Hex keys"),
    (
        re.compile(
            r"(?:.*/)?(?:\.aws/credentials|\.kube/config|\.azure/[\w.]*tokens?\.json"
            r"|\.config/(?:gcloud/(?:credentials\.db|application_default_credentials\.json)"
            r"|gh/hosts\.yml)|\.terraform\.d/credentials\.tfrc\.json)"
        ),
        "cloud credentials",
    ),
    (re.compile(r"(?:.*/)?[^/]*\.tfstate"), "the state of Terraform, secrets in clear"),
    (re.compile(r"(?:.*/)?config/[^/]*\.secret\.exs"), "secrets of a configuration"),
    (re.compile(r"(?:.*/)?[^/]+\.(?:p12|pfx|jks|keystore|ppk)"), "a key store"),
    (
        re.compile(r"(?:.*/)?\.env(?:\.(?!example|sample|template|dist)[\w.-]+)?"),
        "environment values",
    ),
)
_PRIVATE: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    problems = tuple(
        f"{where(entry, facts)}: {what}"
        for entry in facts.entries
        if entry.kind in ("file", "hardlink") and not entry.whiteout
        for what in _secrets(entry, facts)
    )
    return verdict("none in any layer", problems)


def _secrets(entry: Entry, facts: FileFacts) -> Iterator[str]:
    for pattern, what in _NAMES:
        if pattern.fullmatch(entry.name):
            yield what
    content = facts.contents.get((entry.layer, entry.name), b"")
    if KEY_FILE.search(entry.name) and _PRIVATE.search(content):
        yield "a private key"


CHECK = FilesCheck(id="files.secrets", title="carries no secrets, not even deleted ones", run=_run)
