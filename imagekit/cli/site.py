"""The pages as one folder that any site generator takes: Markdown, with an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.errors import UnwritableFile
from imagekit.lint.model import GROUPS, Rule

INDEX: Final = PurePosixPath("index.md")
_RULES: Final = "rules"
"""The folder that has a heading a group; of the others each is one section."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page: its folder is what it is about (`rules`, `errors`, `checks`, `recipes`)."""

    folder: str
    name: str
    text: str

    @property
    def path(self) -> PurePosixPath:
        """Where it goes."""
        return PurePosixPath(self.folder, f"{self.name}.md")

    @property
    def title(self) -> str:
        """Its first line, without the mark of a heading."""
        return self.text.split("\n", 1)[0].removeprefix("# ").strip()


def site(pages: Iterable[Page], rules: Mapping[str, Rule]) -> dict[PurePosixPath, str]:
    """Give every file of the folder, the index first, by its path from there."""
    given = sorted(pages, key=lambda page: page.path)
    return {INDEX: _index(given, rules), **{page.path: page.text for page in given}}


def write(folder: Path, files: Mapping[PurePosixPath, str]) -> None:
    """Write the files; others in the folder stay as they are.

    Raises:
        UnwritableFile: the system does not let it.
    """
    for path, text in files.items():
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as err:
            problem = err.strerror or "the system refuses"
            raise UnwritableFile(file=target.as_posix(), problem=problem) from err


def _index(pages: list[Page], rules: Mapping[str, Rule]) -> str:
    lines = ["# imagekit: what it says, and why", ""]
    of_rules = [page for page in pages if page.folder == _RULES]
    for group in GROUPS.values():
        lines += [f"## Rules: {group}", "", "| rule | level | |", "|---|---|---|"]
        for page in of_rules:
            rule = rules[page.name]
            if rule.group == group:
                summary = rule.summary.replace("|", "\\|")
                lines.append(f"| [{rule.id}]({page.path}) | {rule.severity} | {summary} |")
        lines.append("")
    for folder in sorted({page.folder for page in pages} - {_RULES}):
        lines += [f"## {folder.capitalize()}", ""]
        lines += [f"- [{page.title}]({page.path})" for page in pages if page.folder == folder]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"
