"""The script text: a Go function body, parsed with tree-sitter-go.

In: the text of a .mx3 script. Out: a `Program`, the syntax tree with its line numbers, or a ScriptError that
names the line and the text that could not be read.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import tree_sitter
import tree_sitter_go

from harness.mx3.errors import ScriptError

MAX_BYTES = 4_000_000
"""Largest script accepted, in bytes of UTF-8."""
MAX_DEPTH = 150
"""Deepest nesting of expressions and blocks accepted."""
_PREFIX = "func _() {\n"
_CLOSING = {")": "(", "]": "[", "}": "{"}
_UNCLOSED = {"/*": "comment has no closing */", '"': 'text has no closing "', "`": "text has no closing `"}
_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | `[^`]*` | '(?:\\.|[^'\\\n])*' | /\* | ["`()\[\]{}]""",
    re.DOTALL | re.VERBOSE,
)
"""Comments and texts as wholes, the beginnings of those that do not end, and brackets."""


@dataclass(frozen=True)
class Program:
    """A script that is free of syntax errors: its text and the block of its statements."""

    text: str
    body: tree_sitter.Node


@functools.cache
def _go() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_go.language())


def parse(text: str) -> Program:
    """Read a script.

    ScriptError on a syntax error, a NUL byte, nesting deeper than `MAX_DEPTH` or more than `MAX_BYTES`.

    Examples
    --------
    >>> parse("x := 1").body.type
    'block'
    >>> parse("x := (1")
    Traceback (most recent call last):
    harness.mx3.errors.ScriptError: script line 1: syntax error: this "(" is not closed
    """
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise ScriptError(text[: text.index("\0")].count("\n") + 1, "the script contains a NUL byte")
    source = (_PREFIX + text + "\n}").encode("utf-8", errors="replace")
    if len(source) > MAX_BYTES:
        raise ScriptError(None, f"the script is larger than {MAX_BYTES // 1_000_000} MB")
    root = tree_sitter.Parser(_go()).parse(source).root_node
    _refuse_depth(root)
    functions = [child for child in root.named_children if child.type == "function_declaration"]
    body = functions[0].child_by_field_name("body") if functions else None
    if body is None or root.has_error or functions[0].end_byte != len(source):
        raise _unbalanced(text) or _syntax_error(root)
    return Program(text, body)


def line_of(node: tree_sitter.Node) -> int:
    """Line of the script, from 1, on which a node begins (the wrapping line is line 0)."""
    return node.start_point.row


def mistake(node: tree_sitter.Node, message: str) -> ScriptError:
    """What is wrong with a node, at its line."""
    return ScriptError(line_of(node), message)


def text_of(node: tree_sitter.Node) -> str:
    """Source text of a node."""
    return (node.text or b"").decode("utf-8", errors="replace")


def clipped(text: str, length: int = 60) -> str:
    """The text for a message: one line, not longer than `length`."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[:length] + "…"


def echo(node: tree_sitter.Node) -> str:
    """A statement as the log shows it: its text without comments, blank lines and common indentation."""
    start, pieces, position = node.start_byte, [], 0
    raw = node.text or b""
    for comment in _comments(node):
        pieces.append(raw[position : comment.start_byte - start])
        position = comment.end_byte - start
    text = b"".join([*pieces, raw[position:]]).decode("utf-8", errors="replace")
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    margins = [re.match(r"\s*", line).group() for line in lines[1:]]  # type: ignore[union-attr]
    margin = min(margins, key=len, default="")
    return "\n".join([*lines[:1], *(line.removeprefix(margin) for line in lines[1:])])


def _comments(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """All comments in a node, in order."""
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        if current.type == "comment":
            found.append(current)
        stack.extend(reversed(current.children))
    return found


def _refuse_depth(root: tree_sitter.Node) -> None:
    cursor, depth = root.walk(), 0
    while True:
        if depth > MAX_DEPTH:
            raise ScriptError(max(cursor.node.start_point.row, 1), "nested too deeply")  # type: ignore[union-attr]
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            depth -= 1


def _unbalanced(text: str) -> ScriptError | None:
    """The first bracket, text or comment without its other end, or None."""

    def error(position: int, what: str) -> ScriptError:
        return ScriptError(text.count("\n", 0, position) + 1, f"syntax error: {what}")

    opened: list[tuple[str, int]] = []
    for match in _TOKEN.finditer(text):
        token, position = match.group(), match.start()
        if token in _UNCLOSED:
            return error(position, f"this {_UNCLOSED[token]}")
        if token in _CLOSING.values():
            opened.append((token, position))
        elif opener := _CLOSING.get(token):
            if opened and opened[-1][0] == opener:
                opened.pop()
            elif any(bracket == opener for bracket, _ in opened):
                break
            else:
                return error(position, f'this "{token}" closes nothing')
    return error(opened[-1][1], f'this "{opened[-1][0]}" is not closed') if opened else None


def _syntax_error(root: tree_sitter.Node) -> ScriptError:
    """The first thing the parser stumbled over."""
    last_line = root.end_point.row - 1
    stack = [root]
    while stack:
        node = stack.pop()
        line = min(max(node.start_point.row, 1), max(last_line, 1))
        if node.is_missing:
            wanted = "something" if node.type.startswith("source_file") else f'"{node.type}"'
            return ScriptError(line, f"syntax error: {wanted} is missing")
        if node.type == "ERROR":
            near = text_of(node).strip().split("\n")[0][:60]
            return ScriptError(line, f'syntax error near "{near}"' if near else "syntax error")
        stack.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return ScriptError(None, "syntax error")
