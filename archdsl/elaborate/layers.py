"""Layers: what a name in step position means, and applying an op."""

from collections.abc import Mapping

from archdsl.annotations import Literal, overload
from archdsl.diagnostics import Related
from archdsl.elaborate import blocks  # blocks hold layers, and layers may be blocks
from archdsl.elaborate.binding import complete_op_arguments, given_op_arguments
from archdsl.elaborate.context import Context
from archdsl.elaborate.definitions import (
    BlockDefinition,
    ExternDefinition,
    NetworkDefinition,
)
from archdsl.elaborate.expressions import Unresolved
from archdsl.elaborate.facts import not_a_layer
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.modules import FACTS
from archdsl.elaborate.naming import Level
from archdsl.elaborate.placement import Position, Use, position
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.shared import SharedLayer
from archdsl.elaborate.values import BlockValue, Function, Tensor, described
from archdsl.graph.builder import sharing_conflict
from archdsl.graph.ir import Instance
from archdsl.ops import names as op_names
from archdsl.ops import op as find_op
from archdsl.ops.base import Layer, Op, Problem
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import TensorType

NO_SPANS: Mapping[str, Span] = {}
"""Where the arguments stand of a layer that has none."""


@overload
def applicable(context: Context, name: ast.Name) -> BlockValue: ...
@overload
def applicable(context: Context, name: ast.Name, quiet: Literal[True]) -> BlockValue | None: ...
def applicable(context: Context, name: ast.Name, quiet: bool = False) -> BlockValue | None:
    """What a name in step position applies: only layers are looked at, nearest first."""
    session, wanted = context.session, name.id
    scope: Scope | None = context.scope
    other: object = None
    while scope is not None:
        binding = scope.names.get(wanted)
        if binding is not None:
            if isinstance(binding.value, BlockValue):
                return binding.value
            other = binding.value if other is None else other
        scope = scope.parent
    value = session.definition(context.scope.module, wanted)
    if isinstance(value, BlockValue):
        return value
    op = find_op(wanted)
    if op is not None:
        return session.op_value(op, context.scope)
    if quiet:
        return None
    raise _no_layer(context, name, other if value is None else value)


def _no_layer(context: Context, name: ast.Name, value: object) -> Exception:
    """Why a name cannot be applied."""
    if isinstance(value, Unresolved):
        return Unknown()
    if isinstance(value, Tensor):
        return Mistake(
            "E219",
            f"`{name.id}` is a value, not a layer",
            name.span,
            help=f"a value starts a flow: `{name.id} -> ...`",
        )
    if isinstance(value, Function):
        return Mistake(
            "E219",
            f"`{name.id}` is a function, not a layer",
            name.span,
            help=f"it computes an argument, as in `conv({name.id}(...))`",
        )
    if value is not None:
        return Mistake("E219", f"`{name.id}` is {described(value)}, not a layer", name.span)
    if name.id in FACTS:
        return not_a_layer(ast.Call(name, None, name.span))
    from archdsl.elaborate.foreign import no_such_layer  # only on errors

    return no_such_layer(
        name, context.session.proposal(name.id, lambda: _layers_and_values(context.scope))
    )


def _layers_and_values(scope: Scope) -> set[str]:
    """The names that may begin a flow."""
    found = {
        bound
        for bound in scope.visible()
        if isinstance(getattr(scope.find(bound), "value", None), BlockValue | Tensor)
    }
    return found | set(op_names()) | set(scope.module.entries)


def apply(
    context: Context, call: ast.Call, block: BlockValue, given: str | None, use: Use | None = None
) -> tuple[Tensor, ...]:
    """Apply a layer to the current value. `given` is its claimed name; else it is named
    automatically.
    """
    target = block.target
    if isinstance(target, Op):
        return _apply_op(context, call, target, block, given, use)
    if isinstance(target, BlockDefinition):
        return (blocks.apply_block(context, call, target, block, given, use),)
    if isinstance(target, NetworkDefinition):
        return (blocks.apply_network(context, call, target, block, given, use),)
    if isinstance(target, ExternDefinition):
        from archdsl.elaborate.externs import apply_extern

        return apply_extern(context, call, target, block, given, use)
    return _apply_shared(context, call, target)


def _apply_shared(context: Context, call: ast.Call, shared: SharedLayer) -> tuple[Tensor, ...]:
    if call.args:
        raise Mistake(
            "E205",
            f"`{shared.name}` is a shared layer: its arguments stand at its declaration",
            call.span,
            help=f"write `{shared.name}`",
        )
    if context.level.numbered:
        context.level.number()
    return apply(
        context, shared.call, shared.block, shared.name, Use(shared, shared.owner, call.span)
    )


def _apply_op(
    context: Context,
    call: ast.Call,
    op: Op,
    block: BlockValue,
    given: str | None,
    use: Use | None,
) -> tuple[Tensor, ...]:
    session = context.session
    where = position(context, block, given, use, call.span)
    args, spans = _arguments(context, call, op, block)
    value = context.flowing(call.span)
    if op.composite:
        result = _apply_parts(context, call, op, args, where)
        if use is not None:
            assert result.instance is not None
            blocks.settle_shared(context, call, use, result.instance)
        return (result,)
    type_ = session.builder.types[value]
    if type_ is None:
        raise Unknown
    layer = infer(context, op, args, (type_,), call.span, spans)
    return add_layer(context, call, layer, value, where, use)


def _arguments(
    context: Context, call: ast.Call, op: Op, block: BlockValue
) -> tuple[Mapping[str, object], Mapping[str, Span]]:
    """Every parameter of an op with its value, and where the written arguments stand."""
    if call.args:
        written, spans = given_op_arguments(
            context.session, op, call.args, dict(block.fixed), context.place()
        )
        return complete_op_arguments(op, written, dict(block.defaults), call.span), spans
    if block.complete is None:
        fixed, defaults = dict(block.fixed), dict(block.defaults)
        block.complete = complete_op_arguments(op, fixed, defaults, call.span)
    return block.complete, NO_SPANS


def add_layer(
    context: Context, call: ast.Call, layer: Layer, value: int, where: Position, use: Use | None
) -> tuple[Tensor, ...]:
    """Append the step of a layer on a value: its results."""
    session = context.session
    if use is not None:
        _check_shared(context, layer, use)
    outputs = session.builder.add(
        layer,
        (value,),
        where.name,
        where.path,
        where.parent,
        context.origin(call.span, call),
        where.owner,
        where.slot,
    )
    if use is not None and use.owner is None:
        use.shared.owner = len(session.builder.steps) - 1
    if len(outputs) > 1:
        return tuple([Tensor(output) for output in outputs])
    (output,) = outputs
    if use is None:
        context.level.names[where.name] = (output, None)
    return (Tensor(output),)


def _apply_parts(
    context: Context, call: ast.Call, op: Op, args: Mapping[str, object], where: Position
) -> Tensor:
    """A composite op, such as `separable`: a level with a named layer for each part."""
    builder = context.session.builder
    value = context.flowing(call.span)
    number = builder.open(
        Instance(
            "level",
            "",
            "",
            where.name,
            where.path,
            where.parent,
            (),
            (value,),
            (),
            (),
            {},
            context.origin(call.span, call),
            None,
            use_of=None if where.owner is None else ~where.owner,
        ),
        where.slot,
    )
    level = Level(number, where.path, numbered=False)
    type_ = builder.types[value]
    if type_ is None:
        raise Unknown
    parts = op.parts(args, (type_,))
    assert parts is not None
    for name, part, part_args in parts:
        part_op = find_op(part)
        assert part_op is not None
        type_ = builder.types[value]
        assert type_ is not None
        layer = infer(context, part_op, part_args, (type_,), call.span, {})
        path = level.child(level.given(name, call.span))
        (value,) = builder.add(layer, (value,), name, path, number, context.origin(call.span, call))
        level.names[name] = (value, None)
    builder.close(number, (value,), level.names)
    if where.slot is None:
        context.level.names[where.name] = (value, number)
    return Tensor(value, number)


def infer(
    context: Context,
    op: Op,
    args: Mapping[str, object],
    inputs: tuple[TensorType, ...],
    span: Span,
    spans: Mapping[str, Span],
) -> Layer:
    """The layer, or a `Mistake` at the argument at fault."""
    session = context.session
    layer = session.builder.infer(op, args, inputs)
    if isinstance(layer, Problem):
        raise _mistake(layer, span, spans)
    if layer.requirements and session.sizes is not None:
        problem = session.unmet(op, args, layer)
        if problem is not None:
            raise _mistake(problem, span, spans)
    session.check_steps(span)
    return layer


def _mistake(problem: Problem, span: Span, spans: Mapping[str, Span]) -> Mistake:
    return Mistake(
        problem.code,
        problem.message,
        spans.get(problem.parameter or "", span),
        help=problem.help,
    )


def _check_shared(context: Context, layer: Layer, use: Use) -> None:
    """A shared layer must come out as the same layer at every use."""
    if use.owner is None:
        return
    first = context.session.builder.steps[use.owner].layer
    difference = sharing_conflict(first, layer)
    if difference:
        channels = first.inputs[0].channels
        same = "the same shape" if channels == layer.inputs[0].channels else f"{channels} channels"
        raise Mistake(
            "E221",
            f"the shared layer `{use.shared.name}` was made for {first.inputs[0]}"
            f" and cannot take {layer.inputs[0]}: {difference}",
            use.span,
            related=(Related("it is declared here", use.shared.span),),
            help=f"declare a layer of its own for this use, or bring both inputs to {same}",
        )
