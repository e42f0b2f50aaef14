"""Binding arguments to parameters, as Python does, for functions, blocks, networks and ops."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Related
from archdsl.elaborate import tensors
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.scope import Binding, Scope
from archdsl.elaborate.suggest import MOST_LISTED, listed, nearest, proposal
from archdsl.elaborate.values import Tensor, described, matches, takes, type_text
from archdsl.ops.base import REQUIRED, Op, Parameter, SameAs
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Size

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

INHERITED_DEFAULTS = {"depthwise": "conv", "pointwise": "conv", "separable": "conv"}
"""Ops for which the defaults of another op hold too."""


def assign(
    what: str, names: Collection[str], args: Sequence[ast.Argument], fixed: Mapping[str, object]
) -> dict[str, ast.Argument]:
    """Which argument goes to which parameter. What is fixed already takes no position."""
    free = [name for name in names if name not in fixed] if fixed else list(names)
    bound: dict[str, ast.Argument] = {}
    position = 0
    for argument in args:
        if argument.name is not None:
            name = argument.name.id
            if name in fixed:
                raise Mistake(
                    "E205",
                    f"`{name}` of `{what}` is fixed already and cannot be given again",
                    argument.span,
                )
            if name not in names:
                raise Mistake(
                    "E203",
                    f"`{what}` has no parameter `{name}`",
                    argument.name.span,
                    help=_known_parameter(what, name, free),
                )
            if name in bound:
                raise Mistake(
                    "E205",
                    f"`{name}` of `{what}` is given twice",
                    argument.span,
                    related=(Related("the first time here", bound[name].span),),
                )
        elif len(bound) > position:
            raise Mistake(
                "E205", "an argument without a name cannot follow one with a name", argument.span
            )
        elif position >= len(free):
            raise Mistake(
                "E205",
                f"`{what}` takes {_count(len(free), 'argument')},"
                f" and this is number {position + 1}",
                argument.span,
                help=_parameters(what, free),
            )
        else:
            name = free[position]
            position += 1
        bound[name] = argument
    return bound


def _known_parameter(what: str, name: str, names: Sequence[str]) -> str:
    from archdsl.elaborate.foreign import foreign_parameter  # only on errors

    foreign = foreign_parameter(name, names)
    if foreign is not None:
        return f"it is called `{foreign}` here"
    found = nearest(name, names[:MOST_LISTED])
    return f"did you mean `{found}`?" if found else _parameters(what, names)


def _parameters(what: str, names: Sequence[str]) -> str:
    return f"its parameters are {listed(names)}" if names else f"`{what}` takes none"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def missing(what: str, name: str, about: str, span: Span) -> Mistake:
    return Mistake(
        "E204", f"`{what}` needs `{name}`{about}", span, help=f"give it: `{what}({name}=...)`"
    )


def wrong_type(what: str, name: str, expected: str, value: object, span: Span) -> Mistake:
    return Mistake(
        "E206",
        f"`{name}` of `{what}` must be {expected}, not {described(value)}",
        span,
        help=_conversion(expected, value),
    )


def _conversion(expected: str, value: object) -> str | None:
    """How to get a value of the type that is asked for."""
    if isinstance(value, Size):
        return "fix the size in the `input` statement"
    if isinstance(value, Tensor) and "int" in expected.split(" | "):
        return (
            "a layer's input stands before it, as in `x -> conv(8)`;"
            " sizes are `.channels`, `.height`, `.width`, `.depth` and `.length`"
        )
    if isinstance(value, float) and "int" in expected.split(" | "):
        return "write `//` for a division without remainder, or round with `int(...)`"
    return None


# --- blocks, networks and functions ---------------------------------------------------------------


def given_arguments(
    session: "Session",
    what: str,
    parameters: Mapping[str, ast.Parameter],
    args: Sequence[ast.Argument],
    fixed: Mapping[str, object],
    place: Place,
) -> dict[str, object]:
    """The values of the arguments that are written, checked against the declared types, beside the
    fixed ones.
    """
    values = dict(fixed)
    for name, argument in assign(what, parameters, args, fixed).items():
        value = session.evaluator.value(argument.value, place)
        values[name] = checked_argument(
            session, what, parameters[name], value, argument.value.span, place
        )
    return values


def checked_argument(
    session: "Session",
    what: str,
    parameter: ast.Parameter,
    value: object,
    span: Span,
    place: Place,
) -> object:
    """A value as a parameter takes it: a float parameter makes an int a float, a tensor one reads a
    computed name.
    """
    type_ = parameter.type
    session.spend_on(value, span)
    if isinstance(value, str) and takes(type_, "tensor") and not takes(type_, "str"):
        return tensors.tensor_named(session, value, span, place.scope)
    if not matches(type_, value):
        raise wrong_type(what, parameter.name.id, type_text(type_), value, span)
    if type(value) is int and takes(type_, "float") and not takes(type_, "int"):
        return float(value)
    return value


def complete_arguments(
    session: "Session",
    what: str,
    parameters: Mapping[str, ast.Parameter],
    given: Mapping[str, object],
    scope: Scope,
    span: Span,
) -> tuple[tuple[str, object], ...]:
    """Bind every parameter in the scope of the definition, defaults evaluated there in order."""
    bound = []
    for name, parameter in parameters.items():
        if name in given:
            value = given[name]
        elif parameter.default is not None:
            place = Place(scope)
            value = session.evaluator.value(parameter.default, place)
            value = checked_argument(session, what, parameter, value, parameter.default.span, place)
        else:
            raise missing(what, name, f" ({type_text(parameter.type)})", span)
        scope.names[name] = Binding("parameter", value, parameter.name.span)
        bound.append((name, value))
    return tuple(bound)


# --- ops ------------------------------------------------------------------------------------------


def op_defaults(session: "Session", op: Op, scope: Scope) -> dict[str, object]:
    """What `default` statements in force say of an op, inner ones over outer ones."""
    defaults = session.defaults(scope.module, op.name) | scope.defaults(op.name)
    inherited = INHERITED_DEFAULTS.get(op.name)
    if inherited is None:
        return defaults
    own = op.parameter_named
    outer = session.defaults(scope.module, inherited) | scope.defaults(inherited)
    return {name: value for name, value in outer.items() if name in own} | defaults


def given_op_arguments(
    session: "Session",
    op: Op,
    args: Sequence[ast.Argument],
    fixed: Mapping[str, object],
    place: Place,
) -> tuple[dict[str, object], dict[str, Span]]:
    """The values of an op's written and fixed arguments, and where the written ones stand."""
    values = dict(fixed)
    spans: dict[str, Span] = {}
    if args:
        parameters = op.parameter_named
        if not parameters and args[0].name is None:
            raise _no_parameters(op, args[0])
        for name, argument in assign(op.name, parameters, args, fixed).items():
            values[name] = _op_argument(session, op, parameters[name], argument.value, place)
            spans[name] = argument.span
    return values, spans


def _no_parameters(op: Op, argument: ast.Argument) -> Mistake:
    """`relu(x)`, as in Python."""
    given = argument.value.id if isinstance(argument.value, ast.Name) else "…"
    return Mistake(
        "E205",
        f"`{op.name}` takes no arguments",
        argument.span,
        help=f"a layer's input stands before it: `{given} -> {op.name}`",
    )


def _op_argument(
    session: "Session", op: Op, parameter: Parameter, node: ast.Expr, place: Place
) -> object:
    kind = parameter.kind
    if kind.words and not isinstance(node, ast.Number):
        place = place.within(with_words(place.scope, kind.words, node.span))
    value = session.evaluator.value(node, place)
    if not kind.accepts(value):
        mistake = wrong_type(op.name, parameter.name, kind.text, value, node.span)
        if isinstance(value, str) and kind.words:
            raise Mistake(
                "E206",
                mistake.diagnostic.message,
                node.span,
                help=proposal(value, kind.words, f"its words are {', '.join(kind.words)}"),
            )
        raise mistake
    fault = kind.fault(value)
    if fault:
        raise Mistake("E309", f"`{parameter.name}` of `{op.name}` {fault}", node.span)
    return value


def with_words(scope: Scope, words: Iterable[str], span: Span) -> Scope:
    """A scope in which the words of an op parameter are those words, whatever else is in scope."""
    inner = Scope(scope.module, scope)
    for word in words:
        inner.names[word] = Binding("let", word, span)
    return inner


def complete_op_arguments(
    op: Op, given: Mapping[str, object], defaults: Mapping[str, object], span: Span
) -> dict[str, object]:
    """Every parameter of an op with its value, in the op's own order."""
    values = {**op.defaults, **defaults, **given}
    for parameter in op.open_parameters:
        name = parameter.name
        value = values[name]
        if value is REQUIRED:
            raise missing(op.name, name, f" ({parameter.kind.text}): {parameter.doc}", span)
        if isinstance(value, SameAs):
            values[name] = values[value.parameter]
    return values
