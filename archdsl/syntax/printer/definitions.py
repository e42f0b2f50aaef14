"""Files and their definitions to pieces."""

from collections.abc import Sequence

from archdsl.syntax import ast
from archdsl.syntax.printer.expressions import (
    arguments,
    bracket_end,
    expression,
    listed,
    separated,
    string,
)
from archdsl.syntax.printer.pieces import END, GROUP, RUN, Pieces, line
from archdsl.syntax.printer.statements import behind_equals, body, default, flow, let

VERSION = "arch 1"


def file(node: ast.File) -> Pieces:
    """A file, which states the version of the language if it states anything."""
    yield line(steps=0, hard=True)
    if node.items and not isinstance(node.items[0], ast.Version):
        yield VERSION
        below = line(steps=0, hard=True, apart=True).copy()
        below.gap = True
        yield below
    for number, item in enumerate(node.items):
        if number:
            yield line(steps=0, hard=True, apart=True)
        yield from (item.span.start, RUN, _definition(item), END)
    if node.items or node.comments:
        yield line(steps=0, hard=True, apart=True)
    yield node.span.end


def _definition(node: ast.Definition) -> Pieces:
    match node:
        case ast.Version():
            yield from ("arch ", expression(node.number))
        case ast.Import():
            yield _import(node)
        case ast.Let():
            yield let(node)
        case ast.Default():
            yield default(node)
        case ast.Fn():
            yield from (f"fn {node.name.id}", _parameters(node), " =")
            yield from (behind_equals(), expression(node.value))
        case ast.Block():
            yield from (f"block {node.name.id}", _parameters(node))
            yield _block_body(node)
        case ast.Network():
            yield from (f"network {node.name.id}", _parameters(node), " ", body(node.body))
        case ast.Variant():
            yield from (f"network {node.name.id} =", behind_equals(), node.base.span.start)
            yield _instance(node.base, node.args)
            if node.body is not None:
                yield from (" ", body(node.body))
        case ast.Transfer():
            yield f"transfer {node.name.id} of "
            yield from (_instance(node.base, node.args), " ", body(node.body))
        case ast.Extern():
            yield from (f"extern op {node.name.id}", _parameters(node), " ", _entries(node))


def _import(node: ast.Import) -> Pieces:
    module = node.module
    where = string(module) if isinstance(module, ast.String) else ".".join(x.id for x in module)
    yield from (f"from {where} import ", separated(map(_import_name, node.names)))


def _import_name(node: ast.ImportName) -> Pieces:
    yield from (node.span.start, node.name.id)
    if node.alias is not None:
        yield f" as {node.alias.id}"


def _instance(base: ast.Name, args: Sequence[ast.Argument]) -> Pieces:
    yield base.id
    if args:
        yield arguments(args, bracket_end(args, base))


def _block_body(node: ast.Block) -> Pieces:
    if isinstance(node.body, ast.Body):
        yield from (" ", body(node.body))
        return
    # Like the steps of a chain, the flow stays on the next line where its author put it there.
    text, start = node.span.source.text, node.body.span.start
    is_below = "\n" in text[text.rfind("=", 0, start) : start]
    yield from (" =", RUN, line(hard=is_below), flow(node.body), END)


def _entries(node: ast.Extern) -> Pieces:
    if not node.entries:
        yield from (GROUP, "{", line("", 0, closing=True, comments_only=True))
        yield from (node.span.end - 1, "}", END)
        return
    text, start = node.span.source.text, node.entries[0].span.start
    is_tall = "\n" in text[text.rfind("{", 0, start) : node.span.end]
    yield from (GROUP, "{", line(opening=True, apart=True, hard=is_tall))
    for number, entry in enumerate(node.entries):
        if number:
            yield line("; ", apart=True)
        yield from (entry.span.start, RUN, f"{entry.name.id} ", expression(entry.value), END)
    yield from (line(" ", 0, closing=True, apart=True), node.span.end - 1, "}", END)


# --- parameters -----------------------------------------------------------------------------------


def _parameters(node: ast.Fn | ast.Block | ast.Extern | ast.Network) -> Pieces:
    """Parameters; empty parentheses are left out where the grammar lets them."""
    if node.parameters or isinstance(node, ast.Fn):
        offset = node.name.span.end - node.span.start
        end = bracket_end(node.parameters, node, offset)
        yield listed("(", node.parameters, _parameter, ")", end)


def _parameter(node: ast.Parameter) -> Pieces:
    yield from (node.span.start, f"{node.name.id}: ", _type(node.type))
    if node.default is not None:
        yield from (" = ", expression(node.default))


def _type(node: ast.Type) -> Pieces:
    for number, alternative in enumerate(node.alternatives):
        yield f" | {alternative.name.id}" if number else alternative.name.id
        if alternative.element is not None:
            yield from ("[", _type(alternative.element), "]")
