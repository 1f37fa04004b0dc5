"""Go's patterns in Python: what matches, and what is refused."""

from __future__ import annotations

import pytest

from imagekit.verify.structure.re2 import NotTranslatable, compile_go

# Each as Go 1.22's `regexp.MustCompile(pattern).MatchString(text)` has it, by its documentation.
MATCHES = [
    (r"a$", "a", True),
    (r"a$", "a\n", False),
    (r"(?m)a$", "a\nb", True),
    (r"(?m:a$)", "a\nb", True),
    (r"((?m)a$)|b$", "b\n", False),
    (r"^b", "a\nb", False),
    (r"(?m)^b", "a\nb", True),
    (r"(?m)(?-m:^b)", "a\nb", False),
    (r"(?m)(?-m)^b", "a\nb", False),
    (r"(?s)a.b", "a\nb", True),
    (r"a.b", "a\nb", False),
    (r"(?i)HELLO", "hello", True),
    (r"x(?i:HELLO)", "xhello", True),
    (r"a\z", "a\n", False),
    (r"[[:alpha:]]+$", "abc", True),
    (r"^[[:alpha:][:digit:]_]+$", "a1_", True),
    (r"^[^[:space:]]+$", "a b", False),
    (r"[[:punct:]]", "a]b", True),
    (r"^[]a]+$", "]a", True),
    (r"^[^]a]+$", "]", False),
    (r"^[a&&b]+$", "&", True),
    (r"\Qa.b\E", "axb", False),
    (r"\Qa.b", "a.b", True),
    (r"\x{48}\x49", "HI", True),
    (r"(?<name>a)(?P<other>b)", "ab", True),
    (r"a{,2}", "a{,2}", True),
    (r"^a{,2}$", "aa", False),
    (r"^a{2,}$", "aaa", True),
    (r"a+?b*?", "ab", True),
    (r"\d", "\u0663", False),
    (r"\w", "\u00e9", False),
    (r"\bfoo\b", "a foo", True),
    (r"{", "{", True),
    (r"(a)(?:b)", "ab", True),
]
REFUSED = {
    r"a(?=b)": "no lookahead",
    r"a(?!b)": "no lookahead",
    r"(?<=a)b": "no lookbehind",
    r"(?<!a)b": "no lookbehind",
    r"(?>a)": "no atomic groups",
    r"(a)\1": "no backreferences",
    r"(?P<a>b)(?P=a)": "no backreferences",
    r"(a)?(?(1)b|c)": "no conditions",
    r"a(?#b)": "no comments",
    r"a++": "no possessive",
    r"a*+": "no possessive",
    r"a{2}+": "no possessive",
    r"\p{Greek}": "no Unicode classes",
    r"[\pL]": "no Unicode classes",
    r"\C": "one byte",
    r"a\Z": "has no",
    r"\u0041": "has no",
    r"a(?i)b": "at the start only",
    r"(?U)a+": "no flags",
    r"(?x) a": "no flags",
    r"[[:^alpha:]]": "no class",
    r"[[:nothing:]]": "no class",
    r"[a": "not closed",
    r"a{1001}": "1000 times",
    r"\x{110000}": "no character",
    r"(a": "no regular expression",
    r"*a": "no regular expression",
    "a\\": "has no",
}


@pytest.mark.parametrize(("pattern", "text", "matches"), MATCHES)
def test_it_matches_as_in_go(pattern: str, text: str, *, matches: bool) -> None:
    assert bool(compile_go(pattern).search(text)) == matches


@pytest.mark.parametrize(("pattern", "why"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(NotTranslatable, match=why):
        compile_go(pattern)
