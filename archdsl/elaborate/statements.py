"""Statements of a body, in order."""

from collections.abc import Callable

from archdsl.diagnostics import Related
from archdsl.elaborate import flows
from archdsl.elaborate.context import Context
from archdsl.elaborate.expressions import UNRESOLVED
from archdsl.elaborate.facts import not_a_layer
from archdsl.elaborate.layers import applicable
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.modules import FACTS
from archdsl.elaborate.placement import poison, report
from archdsl.elaborate.scope import Binding
from archdsl.elaborate.shared import SharedLayer
from archdsl.elaborate.values import BlockValue, Tensor
from archdsl.syntax import ast


def run_body(context: Context, body: ast.Body) -> None:
    """Run statements; one that fails is reported, and its result is unknown after it."""
    for statement in body.statements:
        run_statement(context, statement)


def run_statement(context: Context, statement: ast.Statement) -> None:
    session = context.session
    steps = len(session.builder.steps)
    try:
        _HANDLERS[type(statement)](context, statement)
    except Mistake as mistake:
        report(context, mistake.diagnostic)
        _give_up(context, statement)
    except Unknown:
        _give_up(context, statement)
    if len(session.builder.steps) == steps:
        session.spend(1, statement.span)


def _give_up(context: Context, statement: ast.Statement) -> None:
    """After a failure: nothing downstream is reported, and names it would have bound exist."""
    if isinstance(statement, ast.Let):
        name = statement.name
        context.scope.names[name.id] = Binding("let", UNRESOLVED, name.span)
    elif isinstance(statement, ast.Shared) and isinstance(statement.name, ast.Name):
        name = statement.name
        context.scope.holder.names.setdefault(name.id, Binding("let", UNRESOLVED, name.span))
    elif isinstance(statement, ast.Bind | ast.MultiBind | ast.Flow | ast.For | ast.If):
        context.current = poison(context)
        for name in _bound_names(statement):
            if name.id not in context.scope.holder.names:
                context.bind(name.id, Tensor(context.current), name.span)


def _bound_names(statement: ast.Statement) -> list[ast.Name]:
    """The names that a statement would have bound in the body, as far as they are written."""
    found: list[ast.Name] = []
    pending: list[object] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Bind) and isinstance(node.name, ast.Name):
            found.append(node.name)
        elif isinstance(node, ast.MultiBind):
            found += node.names
        elif isinstance(node, ast.For):
            pending.append(node.body)
        elif isinstance(node, ast.If):
            pending += [node.then, node.otherwise]
        elif isinstance(node, ast.Body):
            pending += node.statements
    return found


def _flow(context: Context, statement: ast.Flow) -> None:
    first = statement.steps[0]
    if isinstance(first, ast.Call) and first.name.id in FACTS:
        if len(statement.steps) > 1:
            raise not_a_layer(first)
        _fact(context, statement, first)
        return
    result = flows.run_flow(context, statement)
    context.current = result.value


def _bind(context: Context, statement: ast.Bind) -> None:
    flows.run_named(context, statement.name, statement.flow)


def _several(context: Context, statement: ast.MultiBind) -> None:
    flows.run_several(context, statement)


def _let(context: Context, statement: ast.Let) -> None:
    name = statement.name
    value = context.session.evaluator.value(statement.value, context.place())
    earlier = context.scope.names.get(name.id)
    if earlier is not None:
        raise Mistake(
            "E211",
            f"`{name.id}` is bound twice in these braces",
            name.span,
            related=(Related("first bound here", earlier.span),),
            help=f"for example `{name.id}_2`",
        )
    context.scope.names[name.id] = Binding("let", value, name.span, statement.value)


def _default(context: Context, statement: ast.Default) -> None:
    values = context.session.default_values(statement, context.place())
    context.scope.set_default(statement.op.id, values)


def _shared(context: Context, statement: ast.Shared) -> None:
    """Declare a layer: its name and place are fixed here, its weights at the first use."""
    name = context.text(statement.name)
    steps = statement.flow.steps
    call = steps[0]
    if len(steps) != 1 or not isinstance(call, ast.Call):
        raise Mistake(
            "E221",
            "a shared layer is one op or block",
            statement.flow.span,
            help="put the chain into a block, and share that",
        )
    block = applicable(context, call.name)
    if isinstance(block.target, SharedLayer):
        raise Mistake(
            "E221",
            f"`{call.name.id}` is a shared layer already",
            call.span,
            help="use it by its own name",
        )
    # The arguments are evaluated where the layer is declared, not where it is used.
    fixed = context.session.partial(
        block, ast.Apply(call.name, call.args or (), call.span), context.place()
    )
    level = context.level
    if level.numbered:
        level.number()
    level.given(name, statement.name.span)
    shared = SharedLayer(
        name,
        level.child(name),
        fixed,
        ast.Call(call.name, None, call.span),
        level.instance,
        context.session.builder.reserve(level.instance),
        statement.span,
    )
    names = context.scope.holder.names
    if name in names:
        raise Mistake("E211", f"`{name}` is bound twice in this body", statement.name.span)
    names[name] = Binding("shared", BlockValue(shared), statement.span)


def _for(context: Context, statement: ast.For) -> None:
    session = context.session
    items = session.evaluator.items(statement.iterable, context.place())
    outer, around = context.turns, session.turns_left
    for turn, item in enumerate(items):
        inner = context.inner()
        inner.turns = (*outer, turn)
        session.evaluator.bind(statement.targets, item, inner.scope)
        before = session.budget()
        session.turns_left = around * (len(items) - turn)
        run_body(inner, statement.body)
        context.current = inner.current
        session.turns_left = around
        session.check_loop(before, len(items) - turn - 1, statement.span)


def _if(context: Context, statement: ast.If) -> None:
    branch: ast.Body | ast.If | None = statement
    while isinstance(branch, ast.If):
        truth = context.session.evaluator.truth(branch.condition, context.place())
        branch = branch.then if truth else branch.otherwise
    if branch is not None:
        inner = context.inner()
        run_body(inner, branch)
        context.current = inner.current


def _only_in_networks(context: Context, statement: ast.Statement) -> None:
    if context.network is None:
        raise not_in_block(statement)
    context.network.statement(context, statement)


def not_in_block(statement: ast.Statement) -> Mistake:
    """An `input`, `output` or `expect` in a block."""
    what = statement.span.text.split()[0]
    instead = {
        "input": "a block's input is what flows into it",
        "output": "a block gives back its last value",
        "expect": "state what is expected in the networks that use the block",
    }
    return Mistake(
        "E217",
        f"`{what}` stands in a block; only a network has one",
        statement.span,
        help=instead[what],
    )


def _fact(context: Context, statement: ast.Flow, call: ast.Call) -> None:
    if context.network is None:
        raise Mistake(
            "E217",
            f"`{call.name.id}` states a fact about a network, and this is a block",
            call.span,
        )
    context.network.fact(context, call)


_HANDLERS: dict[type, Callable[..., None]] = {
    ast.Flow: _flow,
    ast.Bind: _bind,
    ast.MultiBind: _several,
    ast.Let: _let,
    ast.Default: _default,
    ast.Shared: _shared,
    ast.For: _for,
    ast.If: _if,
    ast.InputDeclaration: _only_in_networks,
    ast.Output: _only_in_networks,
    ast.Expect: _only_in_networks,
}
