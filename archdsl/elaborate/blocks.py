"""Applying blocks and networks: each distinct call is expanded once and stamped wherever it stands
again.
"""

from archdsl.diagnostics import Related
from archdsl.elaborate import flows, networks, statements
from archdsl.elaborate.binding import complete_arguments, given_arguments
from archdsl.elaborate.context import Context
from archdsl.elaborate.definitions import BlockDefinition, NetworkDefinition
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.naming import Level
from archdsl.elaborate.placement import Position, Use, position
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.session import BLOCK_COST, HOLLOW_COST, Remembered
from archdsl.elaborate.shared import SharedLayer
from archdsl.elaborate.values import BlockValue, Tensor, hash_key
from archdsl.graph.ir import Instance
from archdsl.syntax import ast


def apply_block(
    context: Context,
    call: ast.Call,
    definition: BlockDefinition,
    block: BlockValue,
    given: str | None,
    use: Use | None,
) -> Tensor:
    """Apply a block to the current value."""
    session = context.session
    where = position(context, block, given, use, call.span)
    values = given_arguments(
        session,
        definition.name,
        definition.parameters,
        call.args or (),
        dict(block.fixed),
        context.place(),
    )
    value = context.flowing(call.span)
    scope = Scope(definition.module, None, body=True)
    session.enter(definition.name, call.span)
    try:
        args = complete_arguments(
            session, definition.name, definition.parameters, values, scope, call.span
        )
        key = None
        given_values = tuple([argument for _, argument in args])
        for argument in given_values:
            session.spend_on(argument, call.span)
        if use is None and not _reaches_out(given_values):
            type_ = session.builder.types[value]
            key = (id(definition.node), hash_key(given_values), type_, session.symbols)
        known = session.remembered.get(key) if key is not None else None
        if known is not None:
            number = session.stamp(known, value, where, context.origin(call.span, call))
        else:
            number = _expand(context, call, definition, where, use, value, scope, args, key)
    finally:
        session.leave()
    (result,) = session.builder.instances[number].outputs
    if use is None:
        context.level.names[where.name] = (result, number)
    else:
        settle_shared(context, call, use, number)
    return Tensor(result, number)


def _reaches_out(argument: object) -> bool:
    """Whether an argument ties the block to values around it, so that its expansion holds only
    here.
    """
    if isinstance(argument, tuple):
        return any(map(_reaches_out, argument))
    if isinstance(argument, BlockValue):
        return isinstance(argument.target, SharedLayer) or _reaches_out(
            tuple(value for _, value in argument.fixed)
        )
    return isinstance(argument, Tensor)


def _expand(
    context: Context,
    call: ast.Call,
    definition: BlockDefinition,
    where: Position,
    use: Use | None,
    value: int,
    scope: Scope,
    args: tuple[tuple[str, object], ...],
    key: object,
) -> int:
    """Run the body of a block, and remember it under `key`."""
    session = context.session
    builder = session.builder
    node = definition.node
    flow_body = isinstance(node.body, ast.Flow)
    mark = builder.mark()
    found_before = dict(session.reporter.keys()) if session.reporter.size else {}
    number = builder.open(
        Instance(
            "block",
            definition.name,
            definition.doc,
            where.name,
            where.path,
            where.parent,
            args,
            (value,),
            (),
            (),
            {},
            context.origin(call.span, call),
            node,
            flow_body,
            None if where.owner is None else ~where.owner,
        ),
        where.slot,
    )
    level = Level(number, where.path, numbered=flow_body)
    inner = Context(session, scope, level, (value,), value, node)
    if isinstance(node.body, ast.Flow):
        flows.run_filling_statement(inner, node.body)
    else:
        statements.run_body(inner, node.body)
    if inner.current is None:
        raise Mistake(
            "E214",
            f"the block `{definition.name}` ends without a current value",
            node.name.span,
            help="end it with the value that it gives back",
        )
    builder.close(number, (inner.current,), level.names)
    hollow = len(builder.steps) == mark.steps
    session.spend(HOLLOW_COST if hollow else BLOCK_COST, call.span)
    if key is not None:
        fragment = builder.cut(mark)
        if fragment is not None:
            found = tuple(
                (place, count - found_before.get(place, 0))
                for place, count in session.reporter.keys()  # noqa: SIM118
                if count > found_before.get(place, 0)
            )
            session.remembered[key] = Remembered(fragment, found)
    return number


def settle_shared(context: Context, call: ast.Call, use: Use, number: int) -> None:
    """Record the first use of a shared block; check that a later one comes out with the same
    weights.
    """
    if use.owner is None:
        use.shared.owner = ~number
        return
    builder = context.session.builder
    difference = builder.pair_uses(~use.owner, number)
    if difference:
        taken = [builder.types[builder.instances[at].inputs[0]] for at in (~use.owner, number)]
        raise Mistake(
            "E221",
            f"the shared layer `{use.shared.name}` was made for {taken[0]}"
            f" and cannot take {taken[1]}: {difference}",
            use.span,
            related=(Related("it is declared here", use.shared.span),),
            help="declare a layer of its own for this use, or bring both inputs to the same shape",
        )


def _check_one_input(definition: NetworkDefinition, call: ast.Call) -> None:
    """Only one value flows into a step."""
    names = [
        statement.name
        for statement in definition.node.body.statements
        if isinstance(statement, ast.InputDeclaration)
    ]
    if len(names) > 1:
        listed = ", ".join(f"`{name.id}`" for name in names)
        raise Mistake(
            "E310",
            f"`{definition.name}` has {len(names)} inputs, {listed}, and one value flows in",
            call.span,
            related=(Related("its inputs are declared here", names[0].span),),
            help="only a network with one input can be a step; a block can take the others as"
            " parameters of type `tensor`",
        )


def apply_network(
    context: Context,
    call: ast.Call,
    definition: NetworkDefinition,
    block: BlockValue,
    given: str | None,
    use: Use | None,
) -> Tensor:
    """Apply a network as a step: its expectations, facts and training-only outputs are left out."""
    session = context.session
    _check_one_input(definition, call)
    where = position(context, block, given, use, call.span)
    value = context.flowing(call.span)
    session.enter(definition.name, call.span)
    try:
        scope, args = networks.bind_network(
            session, definition, call.args or (), dict(block.fixed), context.place(), call.span
        )
        number = session.builder.open(
            networks.instance(definition, where, args, context.origin(call.span, call), (value,)),
            where.slot,
        )
        level = Level(number, where.path, numbered=False)
        inner = Context(session, scope, level, (value,), None, definition.node)
        inner.network = networks.NetworkState(definition, step=value)
        statements.run_body(inner, definition.node.body)
        results = inner.network.step_results(inner)
        session.builder.close(number, tuple(results.values()), level.names)
    finally:
        session.leave()
    result = next(iter(results.values()))
    if use is None:
        context.level.names[where.name] = (result, number)
    else:
        settle_shared(context, call, use, number)
    return Tensor(result, number, tuple(results) if len(results) > 1 else ())
