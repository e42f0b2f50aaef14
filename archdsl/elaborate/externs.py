"""`extern op`: what a declaration says, and its layers. Loaded only where a source has one."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from archdsl.diagnostics import Related
from archdsl.elaborate.binding import assign, complete_arguments, given_arguments, wrong_type
from archdsl.elaborate.context import Context
from archdsl.elaborate.definitions import ExternDefinition, Module
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.layers import add_layer
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.placement import Use, position
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import (
    BlockValue,
    Tensor,
    described,
    hash_key,
    matches,
    text_of,
    type_text,
)
from archdsl.ops import names as op_names
from archdsl.ops.base import REQUIRED, Layer, Parameter, Problem
from archdsl.ops.extern import Declared, ExternOp, Reference
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.unparse import unparse
from archdsl.types import Dim, Size, TensorType

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

ENTRIES = ("shape", "pytorch", "onnx", "params")
NO_CONSTANTS = ("block", "tensor")
"""Types whose values cannot be written into the emitted code."""
ONNX_DOMAINS = ("ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview")
"""Domains whose operators ONNX itself defines."""

_REFERENCE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)", re.ASCII)
_FORMS = {
    "pytorch": ('a class as "package.module:Class"', "kornia.filters:BlurPool2D"),
    "onnx": ('an operator as "domain:Operator"', "org.kornia:BlurPool"),
}


# --- Declarations ---------------------------------------------------------------------------------


def define(session: "Session", node: ast.Extern, module: Module) -> ExternDefinition:
    """What an `extern op` declares; raises `Unknown` where its mistakes were reported."""
    name = node.name.id
    entries: dict[str, ast.ExternEntry] = {}
    found = [mistake.diagnostic for mistake in (*_head(node), *_collected(node, entries))]
    references: dict[str, Reference | None] = {}
    for what in _FORMS:
        try:
            references[what] = _reference(entries[what]) if what in entries else None
        except Mistake as mistake:
            found.append(mistake.diagnostic)
    if found:
        for diagnostic in found:
            session.reporter.report(diagnostic)
        raise Unknown
    shape = entries["shape"].value
    params = entries["params"].value if "params" in entries else None
    op = ExternOp(
        name,
        node.name.span,
        tuple(map(_parameter, node.parameters)),
        unparse(shape),
        "" if params is None or isinstance(params, ast.Number) else unparse(params),
        references["pytorch"],
        references["onnx"],
    )
    return ExternDefinition(node, module, op, shape, params)


def _head(node: ast.Extern) -> Iterator[Mistake]:
    """What is wrong with the names and types in the head of a declaration."""
    name = node.name
    if name.id in op_names():
        yield Mistake(
            "E212",
            f"`{name.id}` is an op of the language already",
            name.span,
            help=f"for example `extern op My{name.id.title().replace('_', '')}`",
        )
    for parameter in node.parameters:
        own = parameter.name
        if keyword.iskeyword(own.id) or own.id.startswith("__"):
            why = "reserves the word" if keyword.iskeyword(own.id) else "mangles such names"
            yield Mistake(
                "E212",
                f"`{own.id}` cannot name a parameter of an extern op, which is passed by that name:"
                f" Python {why}",
                own.span,
                help="wrap the class in one that calls the parameter otherwise",
            )
        for type_name in _type_names(parameter.type):
            if type_name.name.id in NO_CONSTANTS:
                yield Mistake(
                    "E206",
                    f"`{own.id}` of an extern op cannot be a {type_name.name.id}:"
                    " its arguments are written into the emitted code",
                    type_name.span,
                    help="numbers, strings, truth values, none and lists of these can be",
                )


def _type_names(type_: ast.Type) -> Iterator[ast.TypeName]:
    for alternative in type_.alternatives:
        yield alternative
        if alternative.element is not None:
            yield from _type_names(alternative.element)


def _collected(node: ast.Extern, entries: dict[str, ast.ExternEntry]) -> Iterator[Mistake]:
    """Put the entries into `entries` by name; what is wrong with them as such."""
    for entry in node.entries:
        name = entry.name.id
        if name not in ENTRIES:
            yield Mistake(
                "E223",
                f"an extern op has no entry `{name}`",
                entry.name.span,
                help=proposal(name, ENTRIES, f"its entries are {', '.join(ENTRIES)}"),
            )
        elif name in entries:
            yield Mistake(
                "E223",
                f"`{name}` of `{node.name.id}` is given twice",
                entry.name.span,
                related=(Related("the first time here", entries[name].name.span),),
            )
        else:
            entries[name] = entry
    if "shape" not in entries:
        yield Mistake(
            "E223",
            f"the extern op `{node.name.id}` has no `shape`: that of its result must be declared",
            node.name.span,
            help="for example `shape [input.channels, input.height, input.width]`",
        )


def _reference(entry: ast.ExternEntry) -> Reference:
    """The class or operator that `pytorch` or `onnx` names: identifiers and nothing else, since
    they are written into what is emitted.
    """
    what, value = entry.name.id, entry.value
    form, example = _FORMS[what]
    parts = value.parts if isinstance(value, ast.String) else ()
    text = "".join([part for part in parts if isinstance(part, str)])
    found = _REFERENCE.fullmatch(text) if len(parts) == 1 else None
    if found is None:
        instead = f", not {text_of(text)}" if len(parts) == 1 and text else ", a plain string"
        raise Mistake(
            "E224",
            f"`{what}` names {form}{instead}",
            value.span,
            help=f'for example `{what} "{example}"`',
        )
    home, name = found.groups()
    if what == "onnx":
        if home in ONNX_DOMAINS:
            raise Mistake(
                "E224",
                f"`{home}` is a domain of ONNX itself, which has no operators of other people",
                value.span,
                help=f'a domain of your own, for example `onnx "{example}"`',
            )
        return Reference(home, name)
    for part in (*home.split("."), name):
        if keyword.iskeyword(part) or part.startswith("__"):
            why = "reserves the word" if keyword.iskeyword(part) else "changes names such as"
            raise Mistake(
                "E224",
                f"{text_of(text)} cannot be imported and used in a class: Python {why} `{part}`",
                value.span,
                help="import it under another name in a module of your own, and name that",
            )
    return Reference(home, name)


def _parameter(parameter: ast.Parameter) -> Parameter:
    default: object = REQUIRED
    node = parameter.default
    if isinstance(node, ast.Number | ast.Constant):
        default = _as_declared(parameter.type, node.value)
    elif isinstance(node, ast.String) and all(isinstance(part, str) for part in node.parts):
        default = "".join(map(str, node.parts))
    type_ = parameter.type
    kind = Declared(type_text(type_), lambda value: matches(type_, value))
    return Parameter(parameter.name.id, kind, default, "")


def _as_declared(type_: ast.Type, value: object) -> object:
    """A value with ints as floats where only a float is declared, in lists as well."""
    names = {alternative.name.id for alternative in type_.alternatives}
    if type(value) is int and "float" in names and "int" not in names:
        return float(value)
    if isinstance(value, tuple):
        for alternative in type_.alternatives:
            element = alternative.element
            if element is not None and all(matches(element, item) for item in value):
                return tuple([_as_declared(element, item) for item in value])
    return value


# --- Layers ---------------------------------------------------------------------------------------


def apply_extern(
    context: Context,
    call: ast.Call,
    definition: ExternDefinition,
    block: BlockValue,
    given: str | None,
    use: Use | None,
) -> tuple[Tensor, ...]:
    """Apply an extern op to the current value."""
    session = context.session
    name, parameters = definition.name, definition.parameters
    where = position(context, block, given, use, call.span)
    written = call.args or ()
    fixed = dict(block.fixed)
    values = given_arguments(session, name, parameters, written, fixed, context.place())
    scope = Scope(definition.module, None, body=True)
    bound = dict(complete_arguments(session, name, parameters, values, scope, call.span))
    args: dict[str, object] = {}
    for own, parameter in parameters.items():
        if _depends_on_size(bound[own]):
            argument = assign(name, list(bound), written, fixed).get(own)
            span = call.span if argument is None else argument.value.span
            raise wrong_type(name, own, type_text(parameter.type), bound[own], span)
        args[own] = _as_declared(parameter.type, bound[own])
    value = context.flowing(call.span)
    type_ = session.builder.types[value]
    if type_ is None:
        raise Unknown
    session.enter(name, call.span)
    try:
        layer = _layer(session, definition, args, value, type_, scope)
    except Mistake as mistake:
        # Reported here, while the call that led into the declaration is still known.
        session.report(mistake.diagnostic)
        raise Unknown from None
    finally:
        session.leave()
    session.check_steps(call.span)
    return add_layer(context, call, layer, value, where, use)


def _depends_on_size(value: object) -> bool:
    return isinstance(value, Size) or (
        isinstance(value, tuple) and any(map(_depends_on_size, value))
    )


def _layer(
    session: "Session",
    definition: ExternDefinition,
    args: Mapping[str, object],
    value: int,
    type_: TensorType,
    scope: Scope,
) -> Layer:
    """The layer of an extern op on a value; alike ones share one record."""
    key = (definition, hash_key(tuple(args.values())), type_, session.symbols)
    known = session.builder.layers.get(key)
    if isinstance(known, Layer):
        return known
    place = Place(scope, None, (value,))
    shape = _shape(session, definition, place)
    params = _params(session, definition, place)
    layer = definition.op.applied(args, type_, shape, params)
    sizes = session.sizes
    if isinstance(layer, Layer) and sizes is not None and layer.requirements:
        layer = _sampled(session, layer, shape, sizes)
    if isinstance(layer, Problem):
        raise Mistake(layer.code, layer.message, definition.shape.span, help=layer.help)
    session.builder.layers[key] = layer
    return layer


def _sampled(
    session: "Session", layer: Layer, shape: tuple[Dim, ...], sizes: Mapping[str, int]
) -> Layer | Problem:
    """The layer, unless its shape has no sizes where the network is sampled."""
    if all(requirement.holds(sizes) for requirement in layer.requirements):
        return layer
    fixed = tuple([size if isinstance(size, int) else size.evaluate(sizes) for size in shape])
    assert isinstance(layer.op, ExternOp)
    problem = layer.op.applied(layer.args, layer.inputs[0], fixed, layer.opaque_params)
    assert isinstance(problem, Problem)
    return session.sampled(problem, layer)


def _shape(session: "Session", definition: ExternDefinition, place: Place) -> tuple[Dim, ...]:
    """The declared shape on the input at hand."""
    node = definition.shape
    value = session.evaluator.value(node, place)
    if not isinstance(value, tuple) or not value:
        raise Mistake(
            "E206",
            f"the `shape` of `{definition.name}` must be a list of sizes, not {described(value)}",
            node.span,
            help="the channels first, without the batch:"
            " `[input.channels, input.height, input.width]`",
        )
    sizes: list[Dim] = []
    for number, size in enumerate(value):
        if isinstance(size, bool) or not isinstance(size, int | Size):
            raise Mistake(
                "E206",
                f"the sizes in the `shape` of `{definition.name}` must be whole numbers,"
                f" not {described(size)}",
                _item_span(node, number),
                help="divide with `//`, or round: `ceil(input.height / 2)`"
                if isinstance(size, float)
                else None,
            )
        sizes.append(size)
    return tuple(sizes)


def _item_span(node: ast.Expr, number: int) -> Span:
    """The place of an item, where the list is written out."""
    return node.items[number].span if isinstance(node, ast.List) else node.span


def _params(session: "Session", definition: ExternDefinition, place: Place) -> int:
    """The declared number of parameters: 0 without an entry."""
    node = definition.params
    if node is None:
        return 0
    value = session.evaluator.value(node, place)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(
            "E206",
            f"the `params` of `{definition.name}` must be a whole number, not {described(value)}",
            node.span,
            help="parameters cannot depend on an input's size" if isinstance(value, Size) else None,
        )
    if value < 0:
        raise Mistake(
            "E309",
            f"the `params` of `{definition.name}` must be at least 0, not {value}",
            node.span,
        )
    return value
