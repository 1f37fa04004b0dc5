"""Texts that some reader of Dockerfiles, paths or shells takes for more than a text."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from hypothesis import strategies as st

from imagekit.dockerfile import Dockerfile, From, Instruction, Stage

BLANKS = ("", " ", "two words", " lead", "trail ", "\u00a0x\u00a0", "\u3000", "\ufeffx")
BEYOND_ASCII = ("é", "é/ü", "日本語", "😀")
QUOTES = ("'", '"', "''", '""', "'\"'", "it's", 'say "hi"', "`", "`id`")
DOLLARS = ("$", "$$", "a$", "$x", "$1", "$?", "$(id)", "${x}", "${x:-", "${x:-y}", "$x.tsx")
BACKSLASHES = ("\\", "\\\\", "a\\", "\\$x", '\\"', "\\n", "\\ ", "a \\")
HASHES = ("#", "# x", "#x", "a # b")
HEREDOCS = ("<", "<<", "<<EOF", "3<<-EOF", "a <<EOF b", "<<'EOF'", '<<"E"', "<<<x")
OPERATORS = (";", "a;b", "&&", "a&&b", "||", "|", "&", ">x", "2>&1", "(x)", "{a,b}", "!")
PATTERNS = ("*", "?", "[", "]", "[ab]", "[!x]", "[^x]", "^", "a^b]", "\\*x*", "**", "a*b", "!x")
MIXED_PATTERNS = ("arr[0].txt", "[...all].js", "a|b]", "x{2}", "[x]{2}", "{x}")
OPTIONS = ("-", "--", "-x", "--from=x", "--mount=type=ssh", "--network=host", "+x")
SEPARATORS = ("a,b", ",", "a=b", "A=b", "=x", "%s", "a:b", ":", "@x", "~", "~root")
ADDRESSES = ("git@host:x", "x.git", "d/x.git", "https://h/x.git", "github.com/a/b", "//h/x")
PLACES = ("a/../b", "..", ".", "./x", "/")
DIRECTIVES = ("escape=`", "syntax=x", "check=skip=all", "syntax = docker/dockerfile:1")
WORDS = ("RUN id", "FROM scratch", "AS x", "scratch", "context", "if", "done", "time", "in")
ARRAYS = ('["a"]', '["a", "b"]')

NASTY = (
    *(*BLANKS, *BEYOND_ASCII, *QUOTES, *DOLLARS, *BACKSLASHES, *HASHES, *HEREDOCS, *OPERATORS),
    *(*PATTERNS, *MIXED_PATTERNS, *OPTIONS, *SEPARATORS, *ADDRESSES, *PLACES, *DIRECTIVES),
    *(*WORDS, *ARRAYS, "x" * 300),
)

C0 = ("\0", "\n", "\r", "\t", "\v", "\f", "\x1b", "\x1c", "\x1e", "\x7f")
BEYOND_C0 = ("\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ud800", "\udcff")
CONTROLS = (*C0, *BEYOND_C0)

_CHARACTERS = st.one_of(
    st.sampled_from("ab1 '\"\\$`(){}[]<>*?!#^&|;:,=-.@~%+/"),
    st.characters(exclude_categories=("Cc", "Cs")),
)
_PIECES = st.one_of(st.sampled_from(NASTY), st.text(_CHARACTERS, max_size=8))

printable = st.one_of(
    st.sampled_from(NASTY), st.lists(_PIECES, min_size=1, max_size=4).map("".join)
)
"""Mostly text without control characters, so that most examples get through."""

any_text = st.one_of(
    printable,
    st.text(st.characters(exclude_categories=())),
    st.tuples(printable, st.sampled_from(CONTROLS), printable).map("".join),
)

paths = printable.map(lambda text: re.sub(r"\.{2,}", ".", text).strip("/")).filter(
    lambda text: PurePosixPath(text).parts != ()
)
"""Paths below a root, as a source tree may have them."""


def dockerfile(*instructions: Instruction, comment: str = "") -> Dockerfile:
    """Give a file with a first stage `base` and a second with these instructions."""
    return Dockerfile(
        stages=(
            Stage(base=From(image="debian:trixie-slim", name="base"), instructions=()),
            Stage(base=From(image="scratch"), instructions=instructions),
        ),
        comment=comment,
    )
