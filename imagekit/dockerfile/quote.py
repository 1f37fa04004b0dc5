r"""All quoting of the project: from a value to text that BuildKit and `sh` read as that value.

A value passes several readers before it is used, each with its own escapes,
and each function here undoes all of them, innermost first:

    RUN words        line joining, heredoc search, sh
    ENV, LABEL, ARG  line joining, word splitting, shell lexer (`$`, quotes, `\`)
    COPY sources     JSON, shell lexer, git reference check, file patterns (twice)
    RUN --mount      flag splitting (quotes, `\`), CSV, shell lexer
    CMD, ENTRYPOINT  JSON

Source of the rules: moby/buildkit, frontend/dockerfile (parser/, shell/lex.go,
instructions/, dockerfile2llb/convert_copy.go), v0.10.6 (Docker 23) to v0.32.
"""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from pathlib import PurePosixPath
from typing import Final

from imagekit.errors import UnquotableValue

WIDTH: Final = 88

# Controls of C0 and C1, what some parser takes for a line break, what makes text read differently
# from what runs (bidirectional controls), and surrogates: file names that are not UTF-8.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BARE: Final = re.compile(r"[A-Za-z0-9_./:@%+,=][A-Za-z0-9_./:@%+,=-]*")
_DOUBLE_QUOTED: Final = re.compile(r'["$\\]')
# The lexer drops a byte order mark that comes first; behind a backslash it does not.
_LEXED: Final = re.compile("[\"$\\\\'<\ufeff]")
_FIRST_OF_PAIR: Final = re.compile("<(?=<)")
# BuildKit takes a COPY source with these for a git URL, and refuses it.
_LIKE_GIT: Final = re.compile(r":|\.git|^git@")
_EDGE: Final = re.compile("^[\\s#!\ufeff]|(?<=.)\\s$")
_SPECIAL: Final = re.compile(r"[*?\[\]\\^{|}]")
_DIRECTIVE: Final = re.compile(r"\s*[A-Za-z][A-Za-z0-9]*\s*=")
_KEYWORD: Final = re.compile(
    "case|coproc|do|done|elif|else|esac|fi|for|function|if|in|select|then|time|until|while"
)


def printable(value: str, *, where: str) -> str:
    """Give the value back when a line of a Dockerfile can carry its characters.

    Raises:
        UnquotableValue: it has a control character or is not Unicode text.
    """
    if _UNPRINTABLE.search(value):
        raise UnquotableValue(where=where, value=value)
    return value


def shell_word(value: str, *, where: str) -> str:
    """Quote one word of a POSIX shell.

    BuildKit searches RUN lines for `<<` with a lexer of its own. No two `<` are
    left side by side, so that none of its versions, and no other reader of the
    file, can find a heredoc.
    """
    return _FIRST_OF_PAIR.sub("<''", shlex.quote(printable(value, where=where)))


def shell_command_name(value: str, *, where: str) -> str:
    """Quote the first word of a command: no keyword, no assignment, no flag of RUN itself."""
    word = shell_word(value, where=where)
    misread = _KEYWORD.fullmatch(value) or "=" in value or value.startswith("-")
    return f"'{value}'" if misread and word == value else word


def dockerfile_word(value: str, *, where: str) -> str:
    """Quote a value of ENV, LABEL, ARG or WORKDIR: no variable in it is expanded."""
    printable(value, where=where)
    return value if _BARE.fullmatch(value) else _double_quoted(value)


def exec_form(words: tuple[str, ...], *, where: str) -> str:
    """Write a JSON array of strings, on one line."""
    text = json.dumps([printable(word, where=where) for word in words], ensure_ascii=False)
    return _FIRST_OF_PAIR.sub(r"\\u003c", text)


def copy_arguments(sources: tuple[PurePosixPath, ...], destination: str) -> str:
    """Write the paths of a COPY: plain words when all are plain, else a JSON array."""
    paths = (
        *(_lexed(_copy_source(printable(str(path), where="a COPY source"))) for path in sources),
        _lexed(printable(destination, where="a COPY destination")),
    )
    if all(_BARE.fullmatch(path) for path in paths):
        return " ".join(paths)
    return exec_form(paths, where="COPY")


def literal_pattern(path: str) -> str:
    r"""Give the file pattern that matches this path and no other.

    A class with an escape, `[\*]`, is the one form that all of BuildKit's
    matchers read alike: COPY takes a bare `\*` for a file name with a backslash,
    and the filter of the build context does not know `[*]`. That filter also
    takes a leading `!` for a negation, drops a leading byte order mark, trims
    spaces, and once it sees a pattern leaves `{`, `|` and `}` to Go's regexp. A
    leading `#` would make a comment of a line of `.dockerignore`.
    """
    return _EDGE.sub(r"[\g<0>]", _SPECIAL.sub(r"[\\\g<0>]", path))


def mount(options: tuple[tuple[str, str], ...]) -> str:
    """Write a `--mount` flag of RUN from its options.

    Raises:
        UnquotableValue: a value is not ASCII (BuildKit reads flags byte by byte and
            would turn it into other characters), or a source holds characters of a
            file pattern (it fetches the source as a pattern and mounts it as a name).
    """
    fields: list[str] = []
    for key, value in options:
        where = f"the option `{key}` of a mount"
        pattern = literal_pattern(value.lstrip("/")) if key == "source" else ""
        if not printable(value, where=where).isascii() or pattern not in value:
            raise UnquotableValue(where=where, value=value)
        field = f"{key}={_lexed(value)}"
        quoted = '"' + field.replace('"', '""') + '"'
        fields.append(quoted if "," in field or '"' in field else field)
    text = ",".join(fields)
    return f"--mount={text if _BARE.fullmatch(text) else _double_quoted(text)}"


def comment(text: str, *, where: str) -> tuple[str, ...]:
    """Wrap text into comment lines, none of which a parser takes for a directive."""
    lines = textwrap.wrap(
        printable(text, where=where),
        WIDTH - len("#: "),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return tuple(f"#: {line}" if _DIRECTIVE.match(line) else f"# {line}" for line in lines)


def _double_quoted(value: str) -> str:
    return '"' + _DOUBLE_QUOTED.sub(r"\\\g<0>", value) + '"'


def _lexed(value: str) -> str:
    return _LEXED.sub(r"\\\g<0>", value)


def _copy_source(path: str) -> str:
    relative = path.lstrip("/")
    if _LIKE_GIT.search(relative):
        return f"./{literal_pattern(relative)}"
    return ("/" if path.startswith("/") else "") + literal_pattern(relative)
