"""Builders: what each rule of the grammar makes of its children, by the rule's name.

A builder gets the children as the grammar lists them (None for an optional part that is absent),
the span, and the context, to which it reports what the grammar cannot see: escapes, ranges of
numbers, depth.
"""

from typing import Any, TypeAlias

from archdsl.source import Span
from archdsl.syntax import ast, literals
from archdsl.syntax.record import field_position
from archdsl.syntax.driver import Build, Context
from archdsl.syntax.lexer import MAX_NESTING

Children: TypeAlias = list[Any]

# --- files ----------------------------------------------------------------------------------------


def file(children: Children, span: Span, context: Context) -> tuple[ast.Definition, ...]:
    return tuple(children)


def version(children: Children, span: Span, context: Context) -> ast.Version:
    return ast.Version(children[0], span)


def import_(children: Children, span: Span, context: Context) -> ast.Import:
    module, *names = children
    if isinstance(module, ast.String):
        literals.require_literal(module, context)
    return ast.Import(module, tuple(names), span)


def module(children: Children, span: Span, context: Context) -> tuple[ast.Name, ...]:
    return tuple(children)


def import_name(children: Children, span: Span, context: Context) -> ast.ImportName:
    return ast.ImportName(children[0], children[1], span)


def let(children: Children, span: Span, context: Context) -> ast.Let:
    return ast.Let(children[0], children[1], span)


def default(children: Children, span: Span, context: Context) -> ast.Default:
    return ast.Default(children[0], children[1], span)


def fn(children: Children, span: Span, context: Context) -> ast.Fn:
    return ast.Fn(children[0], children[1], children[2], span)


def block(children: Children, span: Span, context: Context) -> ast.Block:
    return ast.Block(children[0], children[1] or (), children[2], span)


def extern(children: Children, span: Span, context: Context) -> ast.Extern:
    name, parameters, *entries = children
    return ast.Extern(name, parameters or (), tuple(entries), span)


def entry(children: Children, span: Span, context: Context) -> ast.ExternEntry:
    return ast.ExternEntry(children[0], children[1], span)


def network(children: Children, span: Span, context: Context) -> ast.Network:
    return ast.Network(children[0], children[1] or (), children[2], span)


def variant(children: Children, span: Span, context: Context) -> ast.Variant:
    name, base, args, body = children
    return ast.Variant(name, base, args or (), body, span)


def transfer(children: Children, span: Span, context: Context) -> ast.Transfer:
    name, base, args, body = children
    return ast.Transfer(name, base, args or (), body, span)


def parameters(children: Children, span: Span, context: Context) -> tuple[ast.Parameter, ...]:
    return tuple(children)


def parameter(children: Children, span: Span, context: Context) -> ast.Parameter:
    return ast.Parameter(children[0], children[1], children[2], span)


def type_(children: Children, span: Span, context: Context) -> ast.Type:
    return ast.Type(tuple(children), span)


def type_name(children: Children, span: Span, context: Context) -> ast.TypeName:
    name = children[0]
    if isinstance(name, ast.Constant):
        name = ast.Name("none", name.span)
    return ast.TypeName(name, children[1], span)


# --- statements -----------------------------------------------------------------------------------


def body(children: Children, span: Span, context: Context) -> ast.Body:
    if children and isinstance(children[0], ast.Doc):
        return ast.Body(children[0], tuple(children[1:]), span)
    return ast.Body(None, tuple(children), span)


def doc(children: Children, span: Span, context: Context) -> ast.Doc:
    return ast.Doc(literals.documentation(children[0], span, context), span)


def input_declaration(children: Children, span: Span, context: Context) -> ast.InputDeclaration:
    name, kind, dimensions, conditions = children
    return ast.InputDeclaration(name, kind, dimensions, conditions or (), span)


def dimensions(children: Children, span: Span, context: Context) -> tuple[ast.Dimension, ...]:
    return tuple(children)


def dimension(children: Children, span: Span, context: Context) -> ast.Dimension:
    return ast.Dimension(children[0], children[1], span)


def conditions(children: Children, span: Span, context: Context) -> tuple[ast.Expr, ...]:
    return tuple(children)


def expect(children: Children, span: Span, context: Context) -> ast.Expect:
    return ast.Expect(children[0], children[1], span)


def output(children: Children, span: Span, context: Context) -> ast.Output:
    *names, training = children
    return ast.Output(tuple(names), bool(training), span)


def training(children: Children, span: Span, context: Context) -> bool:
    return True


def shared(children: Children, span: Span, context: Context) -> ast.Shared:
    return ast.Shared(children[0], children[1], span)


def for_(children: Children, span: Span, context: Context) -> ast.For:
    return ast.For(children[0], children[1], children[2], span)


def targets(children: Children, span: Span, context: Context) -> tuple[ast.Name, ...]:
    return tuple(children)


def if_(children: Children, span: Span, context: Context) -> ast.If:
    return _bounded(ast.If(children[0], children[1], children[2], span), context)


def bind(children: Children, span: Span, context: Context) -> ast.Bind:
    return ast.Bind(children[0], children[1], span)


def multi_bind(children: Children, span: Span, context: Context) -> ast.MultiBind:
    *names, flow = children
    return ast.MultiBind(tuple(names), flow, span)


# --- flows ----------------------------------------------------------------------------------------


def flow(children: Children, span: Span, context: Context) -> ast.Flow:
    return ast.Flow(tuple(children), span)


def value(children: Children, span: Span, context: Context) -> ast.Value:
    return ast.Value(children[0], span)


def call(children: Children, span: Span, context: Context) -> ast.Call:
    return ast.Call(children[0], children[1], span)


def braces(children: Children, span: Span, context: Context) -> ast.Braces:
    return ast.Braces(children[0], span)


def combine(children: Children, span: Span, context: Context) -> ast.Combine:
    name, args, *branches = children
    return ast.Combine(name.id, args, tuple(branches), span)


def branch(children: Children, span: Span, context: Context) -> ast.Branch:
    return ast.Branch(children[0], children[1], span)


def residual(children: Children, span: Span, context: Context) -> ast.Residual:
    args, condition, body, shortcut = children
    return ast.Residual(args, condition, body, shortcut, span)


def shortcut(children: Children, span: Span, context: Context) -> ast.Shortcut:
    return ast.Shortcut(children[0], children[1], span)


def repeat(children: Children, span: Span, context: Context) -> ast.Repeat:
    return ast.Repeat(children[0], children[1], children[2], span)


def arguments(children: Children, span: Span, context: Context) -> tuple[ast.Argument, ...]:
    return tuple(children)


def argument(children: Children, span: Span, context: Context) -> ast.Argument:
    return ast.Argument(children[0], children[1], span)


# --- expressions ----------------------------------------------------------------------------------


def conditional(children: Children, span: Span, context: Context) -> ast.Conditional:
    return _bounded(ast.Conditional(children[0], children[1], children[2], span), context)


def binary(children: Children, span: Span, context: Context) -> ast.Binary:
    node = ast.Binary(children[1], children[0], children[2], span)
    return _bounded(node, context) if node.op == "**" else node


def unary(children: Children, span: Span, context: Context) -> ast.Unary:
    return _bounded(ast.Unary(children[0], children[1], span), context)


def comparison(children: Children, span: Span, context: Context) -> ast.Comparison:
    return ast.Comparison(
        children[0], tuple(zip(children[1::2], children[2::2], strict=True)), span
    )


def attribute(children: Children, span: Span, context: Context) -> ast.Attribute:
    return _bounded(ast.Attribute(children[0], children[1], span), context)


def index(children: Children, span: Span, context: Context) -> ast.Index:
    return _bounded(ast.Index(children[0], children[1], span), context)


def slice_(children: Children, span: Span, context: Context) -> ast.Slice:
    return _bounded(ast.Slice(children[0], children[1], children[2], span), context)


def apply(children: Children, span: Span, context: Context) -> ast.Apply:
    return _bounded(ast.Apply(children[0], children[1], span), context)


def list_(children: Children, span: Span, context: Context) -> ast.List:
    return ast.List(tuple(children), span)


def comprehension(children: Children, span: Span, context: Context) -> ast.Comprehension:
    return ast.Comprehension(children[0], children[1], children[2], children[3], span)


def number(children: Children, span: Span, context: Context) -> ast.Number:
    return ast.Number(literals.number(children[0], span, context), span)


def string(children: Children, span: Span, context: Context) -> ast.String:
    return ast.String(literals.parts(children[0], span, context), span)


def true(children: Children, span: Span, context: Context) -> ast.Constant:
    return ast.Constant(True, span)


def false(children: Children, span: Span, context: Context) -> ast.Constant:
    return ast.Constant(False, span)


def none(children: Children, span: Span, context: Context) -> ast.Constant:
    return ast.Constant(None, span)


def prev(children: Children, span: Span, context: Context) -> ast.Prev:
    return ast.Prev(span)


def input(children: Children, span: Span, context: Context) -> ast.Input:
    return ast.Input(span)


def word(children: Children, span: Span, context: Context) -> ast.Name:
    """A reserved word where it is a mere word: after a dot, or `op=concat`."""
    return ast.Name(children[0], span)


# --- depth ----------------------------------------------------------------------------------------

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
    depth = 0
    inner = node
    while (field := _NESTS.get(type(inner))) is not None and depth < MAX_NESTING + 2:
        inner = inner[field]
        depth += 1
    if depth == MAX_NESTING + 1:
        context.report(
            "E405",
            f"this nests more than {MAX_NESTING} levels deep",
            node.span._replace(end=node.span.start + 1),
            help="split it into several statements, or name parts of it with `let`",
        )
    return node


def builder(rule: str) -> Build | None:
    """The builder for a rule's name; None where the rule stands for its only child."""
    return _BUILDERS.get(rule)


_BUILDERS: dict[str, Build] = {
    "file": file,
    "version": version,
    "import": import_,
    "module": module,
    "import_name": import_name,
    "let": let,
    "default": default,
    "fn": fn,
    "block": block,
    "extern": extern,
    "entry": entry,
    "network": network,
    "variant": variant,
    "transfer": transfer,
    "parameters": parameters,
    "parameter": parameter,
    "type": type_,
    "type_name": type_name,
    "body": body,
    "doc": doc,
    "input_declaration": input_declaration,
    "dimensions": dimensions,
    "dimension": dimension,
    "conditions": conditions,
    "expect": expect,
    "output": output,
    "training": training,
    "shared": shared,
    "for": for_,
    "targets": targets,
    "if": if_,
    "bind": bind,
    "multi_bind": multi_bind,
    "flow": flow,
    "value": value,
    "call": call,
    "braces": braces,
    "combine": combine,
    "branch": branch,
    "residual": residual,
    "shortcut": shortcut,
    "repeat": repeat,
    "arguments": arguments,
    "argument": argument,
    "conditional": conditional,
    "binary": binary,
    "unary": unary,
    "comparison": comparison,
    "attribute": attribute,
    "index": index,
    "slice": slice_,
    "apply": apply,
    "list": list_,
    "comprehension": comprehension,
    "number": number,
    "string": string,
    "true": true,
    "false": false,
    "none": none,
    "prev": prev,
    "input": input,
    "combination": word,
    "reserved": word,
}
