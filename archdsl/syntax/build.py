"""Builders: what each rule of the grammar makes of its children, by the rule's name.

A builder gets the children as the grammar lists them (None for an optional part that is absent),
the span, and the context, to which it reports what the grammar cannot see: escapes, ranges of
numbers, depth. Most rules list the very fields of a record; the others have a function here.
"""

from collections.abc import Sequence

from archdsl.annotations import Any, TypeAlias
from archdsl.source import Span
from archdsl.syntax import ast, literals
from archdsl.syntax.driver import Build, Context
from archdsl.syntax.lexer import MAX_NESTING
from archdsl.syntax.record import field_position

MAX_OPERATORS = 50_000
"""Operators of one expression that bind alike: what is formatted, and proved, within a second."""

Children: TypeAlias = Sequence[Any]

# A record made without the check that its class makes: the grammar fixes how many fields there are.
_make: Any = tuple.__new__


def _fields(record: type) -> Build:
    """Children that are the record's fields, one by one."""

    def build(children: Children, span: Span, context: Context) -> Any:
        return _make(record, (*children, span))

    return build


def _nested(record: type) -> Build:
    """Likewise, for a record that can nest in itself without brackets."""

    def build(children: Children, span: Span, context: Context) -> Any:
        return _bounded(_make(record, (*children, span)), context)

    return build


def _items(record: type) -> Build:
    """Children that are together the record's only field."""

    def build(children: Children, span: Span, context: Context) -> Any:
        return _make(record, (tuple(children), span))

    return build


def _constant(value: bool | None) -> Build:
    def build(children: Children, span: Span, context: Context) -> Any:
        return ast.Constant(value, span)

    return build


def _list(children: Children, span: Span, context: Context) -> tuple[Any, ...]:
    """Children that become a field of the record around them."""
    return tuple(children)


# --- files ----------------------------------------------------------------------------------------


def _import(children: Children, span: Span, context: Context) -> ast.Import:
    module, *names = children
    if isinstance(module, ast.String):
        literals.require_literal(module, context)
    return ast.Import(module, tuple(names), span)


def _block(children: Children, span: Span, context: Context) -> ast.Block:
    name, parameters, body = children
    return ast.Block(name, parameters or (), body, span)


def _extern(children: Children, span: Span, context: Context) -> ast.Extern:
    name, parameters, *entries = children
    return ast.Extern(name, parameters or (), tuple(entries), span)


def _network(children: Children, span: Span, context: Context) -> ast.Network:
    name, parameters, body = children
    return ast.Network(name, parameters or (), body, span)


def _variant(children: Children, span: Span, context: Context) -> ast.Variant:
    name, base, args, body = children
    return ast.Variant(name, base, args or (), body, span)


def _transfer(children: Children, span: Span, context: Context) -> ast.Transfer:
    name, base, args, body = children
    return ast.Transfer(name, base, args or (), body, span)


def _type_name(children: Children, span: Span, context: Context) -> ast.TypeName:
    name, element = children
    if isinstance(name, ast.Constant):
        name = ast.Name("none", name.span)
    return ast.TypeName(name, element, span)


# --- statements and flows -------------------------------------------------------------------------


def _body(children: Children, span: Span, context: Context) -> ast.Body:
    if children and isinstance(children[0], ast.Doc):
        return ast.Body(children[0], tuple(children[1:]), span)
    return ast.Body(None, tuple(children), span)


def _doc(children: Children, span: Span, context: Context) -> ast.Doc:
    return ast.Doc(literals.documentation(children[0], span, context), span)


def _input_declaration(children: Children, span: Span, context: Context) -> ast.InputDeclaration:
    name, kind, dimensions, conditions = children
    return ast.InputDeclaration(name, kind, dimensions, conditions or (), span)


def _output(children: Children, span: Span, context: Context) -> ast.Output:
    *names, training = children
    return ast.Output(tuple(names), bool(training), span)


def _training(children: Children, span: Span, context: Context) -> bool:
    return True


def _multi_bind(children: Children, span: Span, context: Context) -> ast.MultiBind:
    *names, flow = children
    return ast.MultiBind(tuple(names), flow, span)


def _combine(children: Children, span: Span, context: Context) -> ast.Combine:
    name, args, *branches = children
    return ast.Combine(name.id, args, tuple(branches), span)


# --- expressions ----------------------------------------------------------------------------------


def _binary(children: Children, span: Span, context: Context) -> ast.Binary:
    left, op, right = children
    node: ast.Binary = _make(ast.Binary, (op, left, right, span))
    if op == "**":
        _bounded(node, context)
    elif type(left) is ast.Binary:
        in_a_row = context.operators.pop(id(left), 1) + 1
        context.operators[id(node)] = in_a_row
        if in_a_row == MAX_OPERATORS + 1:
            _report_operators(span, context)
    return node


def _report_operators(span: Span, context: Context) -> None:
    context.report(
        "E405",
        f"more than {MAX_OPERATORS:,} operators stand in a row here",
        span._replace(end=span.start + 1),
        help="add up a list with `sum`, or name parts of it with `let`",
    )


def _comparison(children: Children, span: Span, context: Context) -> ast.Comparison:
    rest = tuple(zip(children[1::2], children[2::2], strict=True))
    if len(rest) > MAX_OPERATORS:
        _report_operators(span, context)
    return ast.Comparison(children[0], rest, span)


def _number(children: Children, span: Span, context: Context) -> ast.Number:
    text = children[0]
    value = int(text) if len(text) < 19 and text.isdigit() else literals.number(text, span, context)
    number: ast.Number = _make(ast.Number, (value, span))
    return number


def _string(children: Children, span: Span, context: Context) -> ast.String:
    return ast.String(literals.parts(children[0], span, context), span)


# The field in which a node of its own kind, or of these kinds, can nest without brackets.
_NESTS: dict[type, int] = {
    ast.Unary: field_position(ast.Unary, "operand"),
    ast.Binary: field_position(ast.Binary, "right"),
    ast.Conditional: field_position(ast.Conditional, "otherwise"),
    ast.Attribute: field_position(ast.Attribute, "value"),
    ast.Index: field_position(ast.Index, "value"),
    ast.Slice: field_position(ast.Slice, "value"),
    ast.Apply: field_position(ast.Apply, "callee"),
    ast.If: field_position(ast.If, "otherwise"),
}


def _bounded(node: Any, context: Context) -> Any:
    """The node; nesting beyond the limit is reported once, by the node that passes it."""
    inner = node[_NESTS[type(node)]]
    measured, depth = context.nested
    if inner is not measured:  # nearly always it is: each node is made right after the one in it
        depth = 0
        while (field := _NESTS.get(type(inner))) is not None and depth <= MAX_NESTING:
            inner = inner[field]
            depth += 1
    depth += 1
    context.nested = (node, depth)
    if depth == MAX_NESTING + 1:
        context.report(
            "E405",
            f"this nests more than {MAX_NESTING} levels deep",
            node.span._replace(end=node.span.start + 1),
            help="split it into several statements, or name parts of it with `let`",
        )
    return node


# --- all of them, in the order of the grammar -----------------------------------------------------


def builder(rule: str) -> Build | None:
    """The builder for a rule's name; None where the rule stands for its only child."""
    return _BUILDERS.get(rule)


_BUILDERS: dict[str, Build] = {
    "file": _list,
    "version": _fields(ast.Version),
    "import": _import,
    "module": _list,
    "import_name": _fields(ast.ImportName),
    "let": _fields(ast.Let),
    "default": _fields(ast.Default),
    "fn": _fields(ast.Fn),
    "block": _block,
    "extern": _extern,
    "entry": _fields(ast.ExternEntry),
    "network": _network,
    "variant": _variant,
    "transfer": _transfer,
    "parameters": _list,
    "parameter": _fields(ast.Parameter),
    "type": _items(ast.Type),
    "type_name": _type_name,
    "body": _body,
    "doc": _doc,
    "input_declaration": _input_declaration,
    "dimensions": _list,
    "dimension": _fields(ast.Dimension),
    "conditions": _list,
    "expect": _fields(ast.Expect),
    "output": _output,
    "training": _training,
    "shared": _fields(ast.Shared),
    "for": _fields(ast.For),
    "targets": _list,
    "if": _nested(ast.If),
    "bind": _fields(ast.Bind),
    "multi_bind": _multi_bind,
    "flow": _items(ast.Flow),
    "value": _fields(ast.Value),
    "call": _fields(ast.Call),
    "braces": _fields(ast.Braces),
    "combine": _combine,
    "branch": _fields(ast.Branch),
    "combination": _fields(ast.Name),
    "result": _fields(ast.Name),
    "residual": _fields(ast.Residual),
    "shortcut": _fields(ast.Shortcut),
    "repeat": _fields(ast.Repeat),
    "arguments": _list,
    "argument": _fields(ast.Argument),
    "conditional": _nested(ast.Conditional),
    "binary": _binary,
    "unary": _nested(ast.Unary),
    "comparison": _comparison,
    "attribute": _nested(ast.Attribute),
    "index": _nested(ast.Index),
    "slice": _nested(ast.Slice),
    "apply": _nested(ast.Apply),
    "list": _items(ast.List),
    "comprehension": _fields(ast.Comprehension),
    "number": _number,
    "string": _string,
    "true": _constant(True),
    "false": _constant(False),
    "none": _constant(None),
    "prev": _fields(ast.Prev),
    "input": _fields(ast.Input),
    "reserved": _fields(ast.Name),
}
