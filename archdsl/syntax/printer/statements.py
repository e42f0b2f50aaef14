"""Bodies, statements and flows to pieces."""

from collections.abc import Sequence

from archdsl.syntax import ast
from archdsl.syntax.literals import documentation_lines
from archdsl.syntax.printer.expressions import (
    arguments,
    bracket_end,
    expression,
    listed,
    separated,
)
from archdsl.syntax.printer.pieces import END, GROUP, RUN, Line, Piece, Pieces, line

_HEADER = 2
"""The steps by which a broken condition goes on: one more than what follows it on its own line."""


def body(node: ast.Body) -> Pieces:
    """Braces on one line if they were written so, have no documentation, and fit."""
    yield from (GROUP, _braces(node, _is_tall(node)), END)


def _braces(node: ast.Body, is_tall: bool) -> Pieces:
    """Braces whose lines belong to the group around them."""
    yield from (node.span.start, "{")
    parts = [_documentation(node.doc)] if node.doc else []
    parts += [_statement(statement) for statement in node.statements]
    for number, part in enumerate(parts):
        if number:
            yield line("; ", apart=True, hard=is_tall)
        else:
            yield line(opening=True, apart=True, hard=is_tall)
        yield from (RUN, part, END)
    if parts:
        yield line(" ", 0, closing=True, apart=True, hard=is_tall)
    else:
        yield line("", 0, closing=True, comments_only=True)
    yield from (node.span.end - 1, "}")


def _is_tall(node: ast.Body) -> bool:
    if not node.statements:
        return node.doc is not None
    source, start, end = node.span
    return node.doc is not None or source.text.find("\n", start, end) >= 0


def _documentation(node: ast.Doc) -> Pieces:
    """A string on one line, or `\"""` on several, indented like the body; the text is the same."""
    text = node.span.text
    is_long = text.startswith('"""')
    inner = text[3:-3] if is_long else text[1:-1]
    first, *rest = documentation_lines(inner)
    yield node.span.start
    if not rest:
        # Only those can hold quotes and tabs as they are.
        is_long = is_long and ('"' in first or "\t" in first)
        yield f'"""{first}"""' if is_long else f'"{first}"'
        return
    if all(line.startswith(" ") for line in rest if line):
        # Behind the quotes, the first line would take this indentation from the others.
        first, rest = "", [first, *rest]
    yield f'"""{first}'
    for text in (*rest, '"""'):
        yield from (line(steps=0, hard=True), text)


# --- statements -----------------------------------------------------------------------------------


def _statement(node: ast.Statement) -> Pieces:
    match node:
        case ast.Flow():
            yield flow(node)
        case ast.Bind():
            yield from (_label(node.name), " =", behind_equals(), flow(node.flow))
        case ast.MultiBind():
            yield from (separated(map(_label, node.names)), " =", behind_equals(), flow(node.flow))
        case ast.Let():
            yield let(node)
        case ast.Default():
            yield default(node)
        case ast.If():
            yield _choice(node)
        case ast.For():
            yield from (node.span.start, "for ", separated(map(_label, node.targets)), " in ")
            yield from (expression(node.iterable, _HEADER), " ", body(node.body))
        case ast.InputDeclaration():
            yield _input(node)
        case ast.Output():
            yield from (node.span.start, "output ", separated(map(_label, node.names)))
            yield " when training" if node.training else ""
        case ast.Shared():
            yield from (node.span.start, "shared ", _label(node.name), " =")
            yield from (behind_equals(), flow(node.flow))
        case ast.Expect():
            yield from (node.span.start, "expect ", GROUP)
            yield expression(node.condition, 1 if node.message is None else _HEADER)
            if node.message is not None:
                yield from (",", line(), expression(node.message))
            yield END


def let(node: ast.Let) -> Pieces:
    """`let n = expression`."""
    yield from (node.span.start, f"let {node.name.id} =", behind_equals(), expression(node.value))


def default(node: ast.Default) -> Pieces:
    """`default conv(bias=false)`."""
    yield from (node.span.start, f"default {node.op.id}", arguments(node.args, node.span.end))


def behind_equals() -> Line:
    """A line does not end behind `=`, unless a comment stands there."""
    return line(comments_only=True)


def _label(node: ast.Name | ast.String) -> Piece:
    return expression(node)


def _choice(node: ast.If) -> Pieces:
    """`if … { } else if … { } else { }`: all braces on one line, or none."""
    bodies: list[ast.Body] = []
    part: ast.If | ast.Body | None = node
    while isinstance(part, ast.If):
        bodies.append(part.then)
        part = part.otherwise
    is_tall = any(map(_is_tall, bodies if part is None else [*bodies, part]))
    yield from (node.span.start, GROUP)
    part = node
    while isinstance(part, ast.If):
        yield from (part.span.start, "if ", expression(part.condition, _HEADER), " ")
        yield _braces(part.then, is_tall)
        part = part.otherwise
        if part is not None:
            yield from (line(" ", 0, comments_only=True), part.span.start, "else ")
    if part is not None:
        yield _braces(part, is_tall)
    yield END


def _input(node: ast.InputDeclaration) -> Pieces:
    yield from (node.span.start, f"input {node.name.id}: {node.kind.id}")
    yield listed("[", node.dimensions, _dimension, "]", bracket_end(node.dimensions, node))
    if node.where:
        yield from (" where ", separated(map(expression, node.where)))


def _dimension(node: ast.Dimension) -> Pieces:
    yield node.span.start
    yield f"{node.name.id}=" if node.name else ""
    yield expression(node.value)


# --- flows ----------------------------------------------------------------------------------------


def flow(node: ast.Flow) -> Pieces:
    """A chain, broken before `->` where its author broke it; each line that does not fit is broken
    before each of its steps.
    """
    if len(node.steps) == 1:
        yield _step(node.steps[0])
        return
    yield RUN
    before: ast.Step | None = None
    for step in node.steps:
        if before is not None:
            between = step.span.source.text[before.span.end : step.span.start]
            yield from (line(hard="\n" in between), "-> ")
        yield _step(step)
        before = step
    yield END


def _step(node: ast.Step) -> Pieces:
    yield node.span.start
    match node:
        case ast.Call():
            yield node.name.id
            if node.args is not None:
                yield arguments(node.args, node.span.end)
        case ast.Value():
            yield expression(node.expr)
        case ast.Braces():
            yield body(node.body)
        case ast.Combine():
            yield from (node.op, _optional_arguments(node.args, node, node.op))
            yield from (" ", listed("[", node.branches, _branch, "]", node.span.end))
        case ast.Repeat():
            yield from ("repeat ", expression(node.count, _HEADER))
            yield f" as {node.variable.id} " if node.variable else " "
            yield body(node.body)
        case ast.Residual():
            yield from (RUN, _residual(node), END)


def _optional_arguments(args: Sequence[ast.Argument] | None, node: ast.Step, word: str) -> Pieces:
    """The arguments behind the word that a step starts with."""
    if args is not None:
        yield arguments(args, bracket_end(args, node, len(word)))


def _branch(node: ast.Branch) -> Pieces:
    yield node.span.start
    if node.name is not None:
        yield from (_label(node.name), " = ")
    yield flow(node.flow)


def _residual(node: ast.Residual) -> Pieces:
    yield from ("residual", _optional_arguments(node.args, node, "residual"))
    if node.condition is not None:
        yield from (" if ", expression(node.condition, _HEADER))
    yield from (" ", body(node.body))
    if node.shortcut is not None:
        yield from (line(" ", 0, comments_only=True), node.shortcut.span.start, "shortcut ")
        if node.shortcut.name is not None:
            yield from (_label(node.shortcut.name), " = ")
        yield _step(node.shortcut.step)
