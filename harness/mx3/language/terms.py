"""Compiling expressions: names, operators, calls and methods, checked against their types.

In: syntax-tree nodes and the names in scope. Out: typed `Expr` trees, or a ScriptError for the first thing
that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import add, eq, ge, gt, le, lt, mul, ne, neg, not_, sub
from typing import Any

import numpy as np
from tree_sitter import Node

from harness.mx3.errors import ScriptError
from harness.mx3.language.conversion import Unknown, convert, known, with_article
from harness.mx3.language.expressions import Apply, Constant, Expr, Logical
from harness.mx3.language.parse import clipped, line_of, mistake, text_of
from harness.mx3.language.scope import Binding, Function, Outside, Scope
from harness.mx3.language.signatures import Signature, methods
from harness.mx3.language.values import Sequence, Vector


def _divide(x: float, y: float) -> float:
    if y == 0:
        return float("nan") if x == 0 or x != x else float(np.copysign(np.inf, x) * np.copysign(1.0, y))
    return x / y


Operation = Callable[..., Any]
ARITHMETIC: dict[str, Operation] = {"+": add, "-": sub, "*": mul, "/": _divide}
_COMPARISON: dict[str, Operation] = {"<": lt, ">": gt, "<=": le, ">=": ge, "==": eq, "!=": ne}
_UNARY: dict[str, tuple[type, Operation]] = {"-": (float, neg), "!": (bool, not_)}
_REFUSED = {
    "break_statement": "break is not part of MuMax3's language: put the condition into the for statement",
    "continue_statement": "continue is not part of MuMax3's language: use if",
    "var_declaration": "var is not part of MuMax3's language: declare with :=",
    "const_declaration": "const is not part of MuMax3's language: declare with :=",
    "func_literal": "functions cannot be defined in MuMax3's language",
    "return_statement": "return is not part of MuMax3's language; exit() ends a script",
}


@dataclass
class TermCompiler:
    """Compiles expressions in a scope, which the statements around them open and close."""

    scope: Scope
    spelling: Mapping[str, str]
    elsewhere: Mapping[str, str]
    """What to tell of lower-case names that are free for scripts to define and mean something elsewhere."""

    def expression(self, node: Node) -> Expr:
        match node.type:
            case "identifier" | "true" | "false" | "nil" | "iota":
                return self._name(node)
            case "int_literal" | "float_literal":
                return _number(node)
            case "interpreted_string_literal" | "raw_string_literal":
                return Constant(str, text_of(node)[1:-1], literal=True)
            case "parenthesized_expression":
                return self.expression(only_child(node))
            case "binary_expression":
                return self._binary(node)
            case "unary_expression":
                return self._unary(node)
            case "call_expression":
                return self._call(node)
            case "index_expression":
                return self._index(node)
            case "selector_expression":
                raise mistake(node, f'"{clipped(text_of(node))}" is a method: call it with ()')
        raise not_allowed(node)

    def _expression_at(self, node: Node, field: str) -> Expr:
        return self.expression(child_field(node, field))

    def resolve(self, node: Node) -> Binding:
        """What an identifier stands for; ScriptError if it is unknown or outside this engine's scope."""
        name = text_of(node)
        binding = self.scope.find(name)
        if binding is None:
            if elsewhere := self.elsewhere.get(name.lower()):
                raise mistake(node, f"{clipped(name)}: {elsewhere}")
            close = self.scope.suggestion(name, self.spelling)
            hint = f'; did you mean "{close}"?' if close else ""
            raise mistake(node, f'unknown name "{clipped(name)}"{hint}')
        if isinstance(binding, Outside):
            raise mistake(node, f"{binding.name}: {binding.reason}")
        return binding

    def _name(self, node: Node) -> Expr:
        binding = self.resolve(node)
        if isinstance(binding, Expr):
            return binding
        raise mistake(node, f"{text_of(node)} is a function: call it with ()")

    def _binary(self, node: Node) -> Expr:
        operator, line = text_of(child_field(node, "operator")), line_of(node)
        left, right = self._expression_at(node, "left"), self._expression_at(node, "right")
        if operator in ("&&", "||"):
            sides = (convert(left, bool, line), convert(right, bool, line))
            return Logical(bool, any if operator == "||" else all, sides)
        function = ARITHMETIC.get(operator) or _COMPARISON.get(operator)
        if function is None:
            advice = "; use mod(a, b)" if operator == "%" else ""
            raise ScriptError(line, f'operator "{operator}" is not part of MuMax3\'s language{advice}')
        for side in (left, right):
            if side.kind is Vector:
                raise ScriptError(
                    line, f'"{operator}" works on numbers; vectors have .add(b), .sub(b), .mul(a), .dot(b)'
                )
        kind = float if operator in ARITHMETIC else bool
        return Apply(kind, function, (convert(left, float, line), convert(right, float, line)), name=operator)

    def _unary(self, node: Node) -> Expr:
        operator, operand = text_of(child_field(node, "operator")), self._expression_at(node, "operand")
        if operator in _UNARY:
            kind, function = _UNARY[operator]
            return Apply(kind, function, (convert(operand, kind, line_of(node)),))
        raise mistake(node, f'"{operator}" in front of a value is not part of MuMax3\'s language')

    def _index(self, node: Node) -> Expr:
        operand, index = self._expression_at(node, "operand"), self._expression_at(node, "index")
        if operand.kind is Unknown:
            return operand
        if not issubclass(operand.kind, Sequence):
            raise mistake(node, f"cannot index {with_article(operand.kind)}")
        return Apply(operand.kind.element, _element, (operand, convert(index, int, line_of(node))))

    def _call(self, node: Node) -> Expr:
        function, arguments = child_field(node, "function"), _arguments(child_field(node, "arguments"))
        if function.type == "identifier":
            binding = self.resolve(function)
            if isinstance(binding, Expr) and binding.kind is Unknown:
                return binding
            if not isinstance(binding, Function):
                raise mistake(node, f'"{clipped(text_of(function))}" is not a function')
            entry = binding.signature
            works_on = () if entry.part is None else (Constant(object, binding.part, literal=True),)
            return self._apply(entry, works_on, arguments, node)
        if function.type == "selector_expression":
            value = self._expression_at(function, "operand")
            if value.kind is Unknown:
                return value
            method = self._method(value.kind, child_field(function, "field"))
            return self._apply(method, (value,), arguments, node)
        raise mistake(node, f'"{clipped(text_of(function))}" cannot be called')

    def _method(self, kind: type, node: Node) -> Signature:
        name, known = text_of(node), methods(kind)
        if name.lower() not in known:
            listed = ", ".join(sorted(entry.name for entry in known.values())) or "none"
            raise mistake(node, f"{with_article(kind)} has no method {name} (it has: {listed})")
        return known[name.lower()]

    def _apply(self, entry: Signature, works_on: tuple[Expr, ...], nodes: list[Node], call: Node) -> Expr:
        count, fixed = len(nodes), len(entry.parameters)
        if count < fixed or (count > fixed and not entry.variadic):
            least = "at least " if entry.variadic else ""
            plural = "" if fixed == 1 else "s"
            raise mistake(call, f"{entry.name} needs {least}{fixed} argument{plural}, got {count}")
        kinds = (*entry.parameters, *(object,) * (count - fixed))
        args = [self._argument(n, kind, entry) for n, kind in zip(nodes, kinds, strict=True)]
        operands, vet = (*works_on, *args), entry.vet
        if vet is not None and (refusal := vet(*map(known, operands))):
            raise mistake(call, refusal)

        def vetted(*values: Any) -> Any:
            """The function, its arguments looked at again once they are all known."""
            if vet is not None and (refusal := vet(*values)):
                raise ScriptError(None, refusal)
            return entry.call(*values)

        function = entry.call if vet is None else vetted
        return Apply(entry.returns, function, operands, pure=entry.mark.pure, name=entry.name)

    def _argument(self, node: Node, kind: type, entry: Signature) -> Expr:
        value = self.expression(node)
        try:
            return convert(value, kind, line_of(node))
        except ScriptError as error:
            advice = entry.mark.otherwise
            raise ScriptError(error.line, f"{error.message}; {advice}" if advice else error.message) from None


def _element(values: Sequence, index: int) -> float:
    if not 0 <= index < len(values):
        raise ScriptError(None, f"index {index} is outside 0 to {len(values) - 1}")
    return values[index]


def _number(node: Node) -> Constant:
    text = text_of(node)
    if not set(text) <= set("0123456789.eE+-"):
        raise mistake(node, f'"{text}" is not a number MuMax3 reads: write plain decimals')
    if node.type == "int_literal":
        if len(text) > 19 or int(text) >= 2**63:
            raise mistake(node, f"the integer {text[:20]}… is too large")
        return Constant(int, int(text), literal=True)
    if not np.isfinite(float(text)):
        raise mistake(node, f"the number {text[:40]} is too large")
    return Constant(float, float(text), literal=True)


def not_allowed(node: Node) -> ScriptError:
    advice = _REFUSED.get(node.type, f"{node.type.replace('_', ' ')} is not part of MuMax3's language")
    return ScriptError(line_of(node), advice)


def child_field(node: Node, name: str) -> Node:
    child = node.child_by_field_name(name)
    if child is None:
        raise mistake(node, "syntax error")
    return child


def only_child(node: Node) -> Node:
    return next(child for child in node.named_children if child.type != "comment")


def _arguments(node: Node) -> list[Node]:
    """Arguments of a call; Go wants a comma before a line break that precedes the closing parenthesis."""
    children = [child for child in node.children if child.type != "comment"]
    if len(children) > 2 and children[-2].type != ",":
        last, closing = children[-2].end_point.row, children[-1].start_point.row
        if last != closing:
            message = 'syntax error: put ")" on the line of the last argument, or a comma after that argument'
            raise ScriptError(last, message)
    for child in children:
        if child.type in ("...", "variadic_argument"):
            raise mistake(child, '"..." is not part of MuMax3\'s language')
    return [child for child in children if child.is_named]
