"""Any Dockerfile becomes typed nodes, or one error that names the line. Pure.

The grammar is that of moby/buildkit, frontend/dockerfile (parser/parser.go, directives.go): what
it refuses is refused here, with two differences: an unknown flag is kept, for newer front ends
have more, and values are not checked where only a build can know them.

Why not `dockerfile-parse` (2.0.1)? Compared on 70 public Dockerfiles, BuildKit's own parser tests
among them, it finds the same instructions in 49. It takes the lines of a heredoc for instructions,
ends a continuation at an empty line or at white space behind the backslash, drops an instruction
whose continuation the file ends in, and reads a comment in front of `# escape=` as no comment. Its
places are lines, not columns. Where the two agree (`tests/unit/lint/test_parse_compared.py`) it
offers nothing that is missing here; tests use it as a second reader of what imagekit writes.
"""

from __future__ import annotations

import re
from typing import Final

from imagekit.dockerfile import lines
from imagekit.dockerfile.head import Head, Refusal
from imagekit.dockerfile.lines import SPACE, Lines, Logical
from imagekit.dockerfile.nodes import ArgNode, FromNode, Instruction, ParsedDockerfile, ParsedStage
from imagekit.dockerfile.parts import Comment, Directive, Heredoc
from imagekit.dockerfile.read import read_instruction
from imagekit.dockerfile.text import Span, Text
from imagekit.dockerfile.words import quoted_words, unquoted
from imagekit.errors import UnreadableDockerfile

_DIRECTIVE: Final = re.compile(
    rf"#[{SPACE}]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*", re.DOTALL
)
_DIRECTIVES: Final = frozenset({"syntax", "escape", "check"})
_HEREDOC: Final = re.compile(r"(\d*)<<(-?)[\t\n\f\r ]*([^<]+)", re.DOTALL)
_CLOSED: Final = re.compile(r"""(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^'"\\])*\\?""", re.DOTALL)
"""A line whose quotes end; BuildKit finds no heredoc in any other."""
_SHOWN: Final = 80
"""How many characters of a line an error shows."""


def parse_dockerfile(text: Text) -> ParsedDockerfile:
    """Read a Dockerfile.

    Raises:
        UnreadableDockerfile: BuildKit would refuse it too; it names the line.
    """
    return _Parser(text).file()


class _Parser:
    def __init__(self, text: Text) -> None:
        self._text = text
        self._lines = Lines(text.content)
        self._escape = "\\"
        self._directives: list[Directive] = []
        self._comments: list[Comment] = []
        self._above: list[Comment] = []
        self._directives_done = False

    def file(self) -> ParsedDockerfile:
        arguments: list[ArgNode] = []
        stages: list[tuple[FromNode, list[Instruction]]] = []
        for offset, line in self._lines:
            logical = self._logical(offset, line)
            if logical is None:
                continue
            try:
                node = self._instruction(logical)
            except Refusal as err:
                raise self._error(logical.at(err.at), err.problem) from err
            if isinstance(node, FromNode):
                stages.append((node, []))
            elif stages:
                stages[-1][1].append(node)
            elif isinstance(node, ArgNode):
                arguments.append(node)
            else:
                problem = f"{node.keyword} stands before the first FROM"
                raise self._error(node.span.start, problem)
        if not stages:
            problem = "there is no FROM" if arguments else "there is no instruction"
            raise self._error(len(self._text.content.rstrip()), problem)
        return ParsedDockerfile(
            text=self._text,
            escape=self._escape,
            directives=tuple(self._directives),
            comments=tuple(self._comments),
            arguments=tuple(arguments),
            stages=tuple(
                ParsedStage(start=start, instructions=tuple(found)) for start, found in stages
            ),
        )

    def _error(self, offset: int, problem: str) -> UnreadableDockerfile:
        line = self._text.line_of(offset)
        excerpt = self._text.line(line)[:_SHOWN]
        return UnreadableDockerfile(
            file=self._text.file,
            line=line,
            problem="".join(each if each.isprintable() else "\ufffd" for each in problem),
            excerpt="".join(each if each.isprintable() else " " for each in excerpt).rstrip(),
        )

    def _instruction(self, line: Logical) -> Instruction:
        comments = tuple(self._above)
        self._above.clear()
        head = Head.cut(line, 0, self._escape, comments)
        return read_instruction(head, self._heredocs)

    def _logical(self, offset: int, line: str) -> Logical | None:
        """Join a line with those that continue it; `None` for a comment or an empty line."""
        self._check_length(offset, line)
        if offset == 0 and line.startswith(lines.BYTE_ORDER_MARK):
            offset, line = 1, line[1:]
        bare = line.lstrip(SPACE)
        offset += len(line) - len(bare)
        if bare.startswith("#"):
            self._comment(offset, bare)
            return None
        self._directives_done = True
        part = lines.continued(bare, self._escape)
        if part is not None:
            return self._joined(offset, part)
        if bare:
            return Logical(bare, (0,), (offset,))
        self._above.clear()
        return None

    def _joined(self, offset: int, part: str) -> Logical:
        parts, starts, origins = [part], [0], [offset]
        length = len(part)
        for at, line in self._lines:
            self._check_length(at, line)
            bare = line.lstrip(SPACE)
            if bare.startswith("#"):
                self._comment(at + len(line) - len(bare), bare)
                continue
            if not bare:
                continue
            more = lines.continued(line, self._escape)
            starts.append(length)
            origins.append(at)
            parts.append(line if more is None else more)
            length += len(parts[-1])
            if more is None:
                break
        return Logical("".join(parts), tuple(starts), tuple(origins))

    def _check_length(self, offset: int, line: str) -> None:
        if len(line) * 4 < lines.LONGEST_LINE:
            return
        if len(line.encode("utf-8", errors="surrogatepass")) >= lines.LONGEST_LINE:
            raise self._error(offset, f"the line is longer than {lines.LONGEST_LINE} bytes")

    def _comment(self, offset: int, line: str) -> None:
        span = Span(offset, offset + len(line))
        if self._directives_done or not self._directive(line, span):
            comment = Comment(line[1:].strip(SPACE), span)
            self._comments.append(comment)
            self._above.append(comment)

    def _directive(self, line: str, span: Span) -> bool:
        match = _DIRECTIVE.fullmatch(line)
        name = match[1].lower() if match else ""
        if match is None or name not in _DIRECTIVES:
            self._directives_done = True
            return False
        if any(each.name == name for each in self._directives):
            raise self._error(span.start, f"the directive `{name}` is given twice")
        if name == "escape":
            if match[2] not in ("\\", "`"):
                raise self._error(span.start, "the escape character is a backslash or a backquote")
            self._escape = match[2]
        self._directives.append(Directive(name, match[2], span))
        return True

    def _heredocs(self, head: Head) -> tuple[Heredoc, ...]:
        """Take the documents that a line announces from the lines that follow."""
        text = head.line.text
        if "<<" not in text or not _CLOSED.fullmatch(text):
            return ()
        found: list[Heredoc] = []
        for first, last in quoted_words(text, 0, "\\"):
            match = _HEREDOC.fullmatch(text, first, last)
            name = unquoted(match[3], "\\") if match else ""
            if match is not None and name:
                found.append(self._document(head, match, name))
        return tuple(found)

    def _document(self, head: Head, match: re.Match[str], name: str) -> Heredoc:
        content = self._text.content
        strip_tabs = match[2] == "-"
        start = self._lines.offset
        for offset, line in self._lines:
            if (line.lstrip("\t") if strip_tabs else line) == name:
                return Heredoc(
                    name=name,
                    content=content[start:offset],
                    expand="'" not in match[3] and '"' not in match[3],
                    strip_tabs=strip_tabs,
                    word=head.line.span(*match.span()),
                    span=Span(start, offset),
                    end=offset + len(line),
                )
        problem = f"the heredoc never ends: no line is `{name[:_SHOWN]}`"
        raise Refusal(problem, match.start())
