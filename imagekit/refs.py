"""Image references and platforms, parsed once.

Grammar: github.com/distribution/reference, `reference.go`; platforms:
OCI image specification, `image-index.md`, "platform".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from imagekit.errors import InvalidReference

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST: Final = (
    r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
    r"(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
)
_REFERENCE: Final = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?"
)
_PLATFORM: Final = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`[host[:port]/]name[:tag][@digest]`."""

    name: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Parse a reference.

        Raises:
            InvalidReference: the text does not match the distribution grammar.
        """
        match = _REFERENCE.fullmatch(text)
        if match is None:
            problem = "upper case in the name" if text.lower() != text else "wrong characters"
            raise InvalidReference(reference=text, problem=problem)
        return cls(name=match["name"], tag=match["tag"], digest=match["digest"])

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def parse_platform(text: str) -> str:
    """Give `os/arch[/variant]` back when it is one.

    Raises:
        InvalidReference: it is not.
    """
    if _PLATFORM.fullmatch(text) is None:
        raise InvalidReference(reference=text, problem="a platform is os/arch, as linux/amd64")
    return text
