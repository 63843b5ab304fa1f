"""From syntax tree to something that runs: statements, checked as a whole before the first of them acts.

In: a `Program` and the names of a world. Out: a list of `Statement`s ready to run, and every problem found.
The rules are those of MuMax3's interpreter: case-insensitive names, variables of fixed type, all arithmetic
in floating point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Protocol

from tree_sitter import Node

from harness.mx3.errors import ScriptError
from harness.mx3.language.conversion import Unknown, convert, known
from harness.mx3.language.expressions import Apply, Constant, Expr, Variable
from harness.mx3.language.parse import Program, clipped, echo, line_of, mistake, text_of
from harness.mx3.language.scope import Binding, Scope
from harness.mx3.language.terms import ARITHMETIC, TermCompiler, child_field, not_allowed, only_child

MAX_PROBLEMS = 100
"""Problems after which checking stops."""
Action = Callable[[], object]


class Assignable(Protocol):
    """A world object that scripts assign to, such as Msat or m."""

    input_type: type

    def assign(self, value: Any) -> None:
        """Take the value."""

    def vet(self, value: Any) -> str | None:
        """Why a value known before the run (None: not known) is refused."""


@dataclass(frozen=True)
class Statement:
    """One statement of a script."""

    line: int
    echo: str
    action: Action
    on_line: Callable[[int], None]
    """Called with the line before it runs."""

    def run(self) -> None:
        """Execute; a ScriptError raised on the way gets this statement's line unless it has one."""
        try:
            self.on_line(self.line)
            self.action()
        except ScriptError as error:
            if error.line is not None:
                raise
            raise type(error)(self.line, error.message) from None


@dataclass
class Compilation:
    """Result: the statements, and the problems that forbid running them."""

    statements: list[Statement]
    problems: list[ScriptError]


class _TooMany(Exception):
    """So many problems that checking stops."""


def compile_program(
    program: Program,
    names: Mapping[str, Binding],
    spelling: Mapping[str, str],
    elsewhere: Mapping[str, str],
    on_line: Callable[[int], None] = lambda line: None,
) -> Compilation:
    """Check and compile a script.

    Parameters
    ----------
    program : Program
    names, spelling : mapping
        What each lower-case name of the world stands for, and its documented spelling, for suggestions.
    elsewhere : mapping
        What to tell of lower-case names the world leaves to scripts, where one uses them undefined.
    on_line : callable, optional
        Called with the line of every statement before it runs.
    """
    written = Counter(_written(program.body))
    compiler = _Compiler(Scope(dict(names)), spelling, elsewhere, written, on_line)
    try:
        statements = compiler.statements(program.body)
    except _TooMany:
        statements = []
    problems = sorted(compiler.problems, key=lambda problem: problem.line or 0)
    return Compilation(statements, problems)


def _written(node: Node) -> Iterator[str]:
    """Lower-case names a piece of the script gives a value, once for each time it says so."""
    if node.type in ("short_var_declaration", "assignment_statement"):
        yield from (text_of(target).lower() for target in child_field(node, "left").named_children)
    elif node.type in ("inc_statement", "dec_statement"):
        yield text_of(only_child(node)).lower()
    for child in node.named_children:
        yield from _written(child)


@dataclass
class _Target:
    """Left side of an assignment."""

    kind: type
    store: Callable[[Any], None]
    present: Expr
    vet: Callable[[Any], str | None]


@dataclass
class _Compiler(TermCompiler):
    writes: Counter[str]
    """How often the script declares, assigns or steps each lower-case name, in whatever block."""
    on_line: Callable[[int], None]
    problems: list[ScriptError] = field(default_factory=list)

    def statements(self, block: Node) -> list[Statement]:
        """Statements of a block, those with problems left out and noted."""
        nodes = [n for child in block.named_children for n in _flattened(child)]
        actions = [(n, self._noted(self.statement, n)) for n in nodes]
        found = [(n, action) for n, action in actions if action is not None]
        return [Statement(line_of(n), echo(n), action, self.on_line) for n, action in found]

    def statement(self, node: Node) -> Action:
        """What a statement does."""
        match node.type:
            case "expression_statement":
                return self.expression(only_child(node)).eval
            case "short_var_declaration":
                return self._declaration(node)
            case "assignment_statement":
                return self._assignment(node)
            case "inc_statement" | "dec_statement":
                return self._step(node)
            case "if_statement":
                return self._inner(lambda: self._if(node))
            case "for_statement":
                return self._inner(lambda: self._for(node))
            case "block":
                return self._inner(lambda: self._block(node))
            case "empty_statement":
                return _nothing
        raise not_allowed(node)

    def _noted(self, build: Callable[[Node], Any], node: Node | None) -> Any:
        """What is built from the node, or None after noting its problem; checking goes on."""
        if node is None:
            return None
        try:
            return build(node)
        except ScriptError as error:
            self.problems.append(ScriptError(error.line or line_of(node), error.message))
            if len(self.problems) >= MAX_PROBLEMS:
                raise _TooMany from None
            return None

    def _inner(self, build: Callable[[], Action]) -> Action:
        outer = self.scope
        self.scope = Scope({}, outer)
        try:
            return build()
        finally:
            self.scope = outer

    # ---- assignments ----------------------------------------------------------------------------------

    def _declaration(self, node: Node) -> Action:
        target, value_node = _single_pair(node)
        name = text_of(target)
        if target.type != "identifier":
            raise mistake(node, f'"{clipped(name)}" is not a name: := declares a new variable')
        try:
            value = self.expression(value_node)
            if value.kind is NoneType:
                raise mistake(node, f'"{clipped(text_of(value_node))}" gives no value to store in {name}')
            settled = known(value) if self.writes[name.lower()] == 1 else None
        except ScriptError:
            self.scope.names.setdefault(name.lower(), Variable(Unknown))
            raise
        if name.lower() in self.scope.names:
            whose = "" if self.scope.parent or name.lower() not in self.spelling else ", by MuMax3 itself"
            advice = "assign with = or choose another name"
            raise mistake(node, f'"{clipped(name)}" is already defined{whose}; {advice}')
        variable = Variable(value.kind, settled, literal=settled is not None)
        self.scope.names[name.lower()] = variable
        return lambda: variable.assign(value.eval())

    def _assignment(self, node: Node) -> Action:
        target_node, value_node = _single_pair(node)
        operator, line = text_of(child_field(node, "operator")), line_of(node)
        if operator not in ("=", "+=", "-="):
            raise mistake(node, f"{operator} is not part of MuMax3's language: write x = x {operator[:-1]} …")
        value = self.expression(value_node)
        target = self._target(target_node)
        if operator != "=":
            operands = (convert(target.present, float, line), convert(value, float, line))
            value = Apply(float, ARITHMETIC[operator[0]], operands, name=operator[0])
        converted = convert(value, target.kind, line_of(value_node))
        if refusal := target.vet(known(converted)):
            raise ScriptError(line, refusal)
        return lambda: target.store(converted.eval())

    def _step(self, node: Node) -> Action:
        target = self._target(only_child(node))
        change = Constant(float, 1.0 if node.type == "inc_statement" else -1.0, literal=True)
        moved = Apply(float, ARITHMETIC["+"], (convert(target.present, float, line_of(node)), change))
        converted = convert(moved, target.kind, line_of(node))
        return lambda: target.store(converted.eval())

    def _target(self, node: Node) -> _Target:
        if node.type == "identifier":
            binding = self.resolve(node)
            if isinstance(binding, Variable):
                return _Target(binding.kind, binding.assign, binding, binding.vet)
            if isinstance(binding, Constant) and hasattr(binding.value, "input_type"):
                value: Assignable = binding.value
                return _Target(value.input_type, value.assign, binding, value.vet)
        raise mistake(node, f'cannot assign to "{clipped(text_of(node))}"')

    # ---- control flow ---------------------------------------------------------------------------------

    def _block(self, node: Node) -> Action:
        body = self.statements(node)

        def run() -> None:
            for statement in body:
                statement.run()

        return run

    def _condition(self, node: Node) -> Expr:
        return convert(self.expression(node), bool, line_of(node))

    def _if(self, node: Node) -> Action:
        if node.child_by_field_name("initializer") is not None:
            raise mistake(node, "if with an initial statement is not part of MuMax3's language")
        condition = self._noted(self._condition, child_field(node, "condition")) or Constant(bool, False)
        then = self._block(child_field(node, "consequence"))
        other: Action = self._noted(self.statement, node.child_by_field_name("alternative")) or _nothing
        return lambda: then() if condition.eval() else other()

    def _for(self, node: Node) -> Action:
        header = next((n for n in node.named_children if n.type not in ("comment", "block")), None)
        parts: tuple[Node | None, ...] = (None, header, None)
        if header is not None and header.type == "range_clause":
            raise mistake(node, "for … range is not part of MuMax3's language: count with i++")
        if header is not None and header.type == "for_clause":
            parts = tuple(map(header.child_by_field_name, ("initializer", "condition", "update")))
        first: Action = self._noted(self.statement, parts[0]) or _nothing
        condition: Expr = self._noted(self._condition, parts[1]) or Constant(bool, True)
        after: Action = self._noted(self.statement, parts[2]) or _nothing
        body = self._block(child_field(node, "body"))

        def run() -> None:
            first()
            while condition.eval():
                body()
                after()

        return run


def _nothing() -> None:
    """What an absent statement does."""


def _flattened(node: Node) -> list[Node]:
    if node.type == "statement_list":
        return [child for child in node.named_children if child.type != "comment"]
    return [] if node.type == "comment" else [node]


def _single_pair(node: Node) -> tuple[Node, Node]:
    """The one target and the one value of an assignment."""
    left, right = (
        [c for c in child_field(node, s).named_children if c.type != "comment"] for s in ("left", "right")
    )
    if len(left) != 1 or len(right) != 1:
        raise mistake(node, "only one variable can be assigned at a time")
    return left[0], right[0]
