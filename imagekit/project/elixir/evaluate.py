"""What an expression is worth, without running it.

Literals, attributes and functions of the same module, `++`, `<>` and interpolation
of those are read; everything else is `Unknown`, with the code that stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imagekit.project.elixir.containers import joined, read_list, read_map, read_tuple
from imagekit.project.elixir.module import Clause, Module
from imagekit.project.elixir.syntax import (
    arguments,
    call_name,
    child_of_type,
    operands,
    parts,
    text,
)
from imagekit.project.elixir.terms import Atom, ListTerm, Plain, Scalar, Term, string
from imagekit.project.elixir.text import content, number, sigil_words
from imagekit.resolved import Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

Bindings = Mapping[str, Term]

_DEEPEST: Final = 60
"""Nesting of expressions and calls beyond which we stop: code that calls itself ends here."""
_MOST: Final = 200_000
"""Expressions one module may cost; a lock file of 1,000 packages costs a third."""
_SHOWN: Final = 60
"""How many characters of computed code a reason quotes."""


class Evaluator:
    """Reads expressions of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._source = module.source
        self._depth = 0
        self._left = _MOST

    def function(self, name: str) -> Term | None:
        """Give what a function without arguments returns; `None` when there is no such one."""
        clauses = self._module.functions.get((name, 0))
        if clauses is None:
            return None
        at = next(iter(clauses[0].body[-1:]), self._source.root)
        return self._call(clauses, (), at)

    def term(self, node: Node, bindings: Bindings | None = None) -> Term:
        """Give what an expression is worth."""
        self._left -= 1
        if self._depth >= _DEEPEST or self._left < 0:
            reason = "nested or repeated too deeply to read"
            return Unknown(reason=reason, source=self._source.place(node))
        rule = self._rules.get(node.type)
        if rule is None:
            return self._computed(node)
        self._depth += 1
        try:
            worth = rule(node, bindings or {})
        finally:
            self._depth -= 1
        return self._computed(node) if worth is None else worth

    def block(self, statements: Iterable[Node], bindings: Bindings) -> Term | None:
        """Give what a function body is worth: its last expression, under what the others bind."""
        known = dict(bindings)
        last: Term | None = None
        for statement in statements:
            assigned = operands(statement, "=")
            last = self.term(assigned[2] if assigned else statement, known)
            if assigned and assigned[0].type == "identifier":
                known[text(assigned[0])] = last
        return last

    @cached_property
    def _rules(self) -> Mapping[str, Callable[[Node, Bindings], Term | None]]:
        source = self._source
        return {
            "alias": lambda node, _: self._scalar(node, Atom(name=f"Elixir.{text(node)}")),
            "anonymous_function": self._function,
            "atom": lambda node, _: self._scalar(node, Atom(name=text(node)[1:])),
            "binary_operator": self._binary,
            "block": lambda node, known: self.block(parts(node), known),
            "boolean": lambda node, _: self._scalar(node, text(node) == "true"),
            "call": self._local_call,
            "charlist": self._string,
            "float": self._number,
            "identifier": self._name,
            "integer": self._number,
            "list": lambda node, known: read_list(node, source, lambda it: self.term(it, known)),
            "map": lambda node, known: read_map(node, source, lambda it: self.term(it, known)),
            "nil": lambda node, _: self._scalar(node, None),
            "quoted_atom": self._quoted_atom,
            "sigil": self._sigil,
            "string": self._string,
            "tuple": lambda node, known: read_tuple(node, source, lambda it: self.term(it, known)),
            "unary_operator": self._unary,
        }

    def _scalar(self, node: Node, value: Plain) -> Scalar:
        return Scalar(value=value, source=self._source.place(node))

    def _computed(self, node: Node) -> Unknown:
        code = " ".join(text(node).split())
        shown = code if len(code) <= _SHOWN else f"{code[: _SHOWN - 1]}…"
        reason = f"`{shown}` is known only by running it"
        return Unknown(reason=reason, source=self._source.place(node))

    def _number(self, node: Node, _: Bindings) -> Term | None:
        value = number(text(node))
        return None if value is None else self._scalar(node, value)

    def _content(self, node: Node, known: Bindings) -> str | None:
        def interpolated(inner: Node) -> str | None:
            inside = parts(inner)
            worth = self.term(inside[0], known) if len(inside) == 1 else None
            value = worth.value if isinstance(worth, Scalar) else None
            if isinstance(value, Atom):
                return value.name
            return None if value is None or isinstance(value, bool | float) else str(value)

        return content(node, interpolated)

    def _string(self, node: Node, known: Bindings) -> Term | None:
        words = self._content(node, known)
        return None if words is None else self._scalar(node, words)

    def _quoted_atom(self, node: Node, known: Bindings) -> Term | None:
        words = self._content(node, known)
        return None if words is None else self._scalar(node, Atom(name=words))

    def _sigil(self, node: Node, known: Bindings) -> Term | None:
        words = self._content(node, known)
        found = None if words is None else sigil_words(node, words)
        if found is None or isinstance(found, str):
            return None if found is None else self._scalar(node, found)
        each = tuple(self._scalar(node, word) for word in found)
        return ListTerm(items=each, source=self._source.place(node))

    def _unary(self, node: Node, known: Bindings) -> Term | None:
        operator = text(node.child_by_field_name("operator"))
        operand = node.child_by_field_name("operand")
        if operand is not None and operator == "@" and operand.type == "identifier":
            given = self._module.attributes.get(text(operand), ())
            before = [each for each in given if each.start_byte < node.start_byte]
            return self.term(before[-1]) if before else None
        worth = self.term(operand, known) if operand is not None and operator == "-" else None
        value = worth.value if isinstance(worth, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return self._scalar(node, -value)

    def _binary(self, node: Node, known: Bindings) -> Term | None:
        sides = operands(node, "++", "<>")
        if sides is None:
            return None
        left, right = self.term(sides[0], known), self.term(sides[2], known)
        if sides[1] == "++":
            return joined(left, right, self._source.place(node))
        front, back = string(left), string(right)
        return None if front is None or back is None else self._scalar(node, front + back)

    def _name(self, node: Node, known: Bindings) -> Term | None:
        clauses = self._module.functions.get((text(node), 0))
        bound = known.get(text(node))
        return bound if bound or clauses is None else self._call(clauses, (), node)

    def _local_call(self, node: Node, known: Bindings) -> Term | None:
        given = arguments(node)
        clauses = self._module.functions.get((call_name(node) or "", len(given)))
        blocks = child_of_type(node, "do_block") is not None
        if clauses is None or blocks or any(each.type == "keywords" for each in given):
            return None
        return self._call(clauses, tuple(self.term(each, known) for each in given), node)

    def _call(self, clauses: tuple[Clause, ...], given: tuple[Term, ...], at: Node) -> Term:
        names = clauses[0].names if len(clauses) == 1 else None
        if names is None:
            return self._computed(at)
        worth = self.block(clauses[0].body, dict(zip(names, given, strict=True)))
        return self._computed(at) if worth is None else worth

    def _function(self, node: Node, known: Bindings) -> Term | None:
        """Give what `fn -> ... end` returns: Mix calls it where it takes one for a value."""
        clause = child_of_type(node, "stab_clause")
        body = clause.child_by_field_name("right") if clause is not None else None
        if clause is None or body is None or clause.child_by_field_name("left") is not None:
            return None
        return self.block(parts(body), known)
