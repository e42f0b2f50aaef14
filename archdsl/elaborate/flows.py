"""Flows: chains of steps, and the levels that they open."""

from archdsl.annotations import TYPE_CHECKING
from archdsl.elaborate import statements  # flows hold statements, and statements hold flows
from archdsl.elaborate.context import Context
from archdsl.elaborate.layers import applicable, apply
from archdsl.elaborate.merges import run_combine, run_residual
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.naming import Level
from archdsl.elaborate.placement import poison, report
from archdsl.elaborate.scope import Binding
from archdsl.elaborate.shared import SharedLayer
from archdsl.elaborate.tensors import single, tensor_named
from archdsl.elaborate.values import Tensor, described
from archdsl.graph.ir import Instance
from archdsl.source import Span
from archdsl.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_flow(context: Context, flow: ast.Flow) -> Tensor:
    """Run an unnamed flow as a statement: its result is the new current value."""
    source, steps = _start(context, flow)
    if source is not None:
        context.current = source.value
    if not steps:
        assert source is not None
        return source
    if len(steps) > 1 and context.level.numbered:
        # In a numbered level a chain is a level of its own at its number.
        return open_level(context, None, steps, flow.span)
    return run_steps(context, steps, flow.span)


def run_named(context: Context, name: ast.Name | ast.String, flow: ast.Flow) -> None:
    """`name = flow`: the layer or level bears the name, which is bound to its result."""
    text = context.text(name)
    source, steps = _start(context, flow)
    if source is not None:
        context.current = source.value
    if not steps:
        assert source is not None
        context.bind(text, source, name.span)
        return
    only = steps[0] if len(steps) == 1 else None
    context.chain = flow.span
    if context.level.numbered:
        context.level.number()  # a named statement uses up its number
    if isinstance(only, ast.Call):
        block = applicable(context, only.name)
        shared = isinstance(block.target, SharedLayer)
        given = None if shared else context.level.given(text, name.span)
        results = apply(context, only, block, given)
        result = results[0] if results[0].several else _single(context, results, only)
    else:
        result = open_level(context, (text, name.span), steps, flow.span)
    # Of a network with several outputs the next flow has to name one.
    context.current = None if result.several else result.value
    context.bind(text, result, name.span)


def run_shortcut(context: Context, name: ast.Name | ast.String, step: ast.Step) -> Tensor:
    """The shortcut of a residual: it bears its name, binds no value and takes no number."""
    text = context.text(name)
    context.chain = step.span
    if not isinstance(step, ast.Call):
        return open_level(context, (text, name.span), (step,), step.span)
    block = applicable(context, step.name)
    given = None
    if not isinstance(block.target, SharedLayer):
        given = context.level.given(text, name.span)
    return _single(context, apply(context, step, block, given), step)


def run_several(context: Context, statement: ast.MultiBind) -> None:
    """`a, b = chunk(2)`: bind several results, after which there is no current value."""
    flow = statement.flow
    source, steps = _start(context, flow)
    if source is not None:
        context.current = source.value
    if len(steps) > 1:
        run_steps(context, steps[:-1], flow.span)
    last = steps[-1] if steps else None
    context.chain = flow.span
    results = (
        apply(context, last, applicable(context, last.name), None)
        if isinstance(last, ast.Call)
        else ()
    )
    if len(results) != len(statement.names):
        raise Mistake(
            "E215",
            f"{len(statement.names)} names for {len(results) or 1}"
            f" result{'s' if len(results) > 1 else ''}",
            statement.span,
            help=_as_many_names(results, statement)
            if len(results) > 1
            else "a step with several results is `chunk(n)` or `split([...])`",
        )
    for name, result in zip(statement.names, results, strict=True):
        context.bind(name.id, result, name.span)
    context.current = None


def _as_many_names(results: tuple[Tensor, ...], statement: ast.MultiBind) -> str:
    names = ", ".join("abcdefgh"[: len(results)]) + (", ..." if len(results) > 8 else "")
    return f"write as many names: `{names} = {statement.flow.span.text}`"


def _start(context: Context, flow: ast.Flow) -> "tuple[Tensor | None, tuple[ast.Step, ...]]":
    """The value a flow starts from, if it names one, and its steps."""
    first = flow.steps[0]
    if isinstance(first, ast.Value):
        return _source(context, first), flow.steps[1:]
    if isinstance(first, ast.Call) and first.args is None:
        binding = context.scope.find(first.name.id)
        if binding is not None and isinstance(binding.value, Tensor):
            if applicable(context, first.name, quiet=True) is not None:
                raise Mistake(
                    "E213",
                    f"`{first.name.id}` could be the layer or the value of that name",
                    first.span,
                    help=f"write `{first.name.id}()` for the layer,"
                    f' `"{first.name.id}"` for the value',
                )
            return single(binding.value, first.span), flow.steps[1:]
    return None, flow.steps


def _source(context: Context, node: ast.Value) -> Tensor:
    place = context.place()
    if isinstance(node.expr, ast.String):
        name = context.session.evaluator.text(node.expr, place)
        return tensor_named(context.session, name, node.span, context.scope)
    value = context.session.evaluator.value(node.expr, place)
    if not isinstance(value, Tensor):
        raise Mistake(
            "E206", f"a flow starts from a tensor, not from {described(value)}", node.span
        )
    return single(value, node.span)


def run_steps(context: Context, steps: "Sequence[ast.Step]", chain: Span) -> Tensor:
    """Run steps, at least one, one after another in the current level."""
    outer, context.chain = context.chain, chain
    for step in steps:
        result = run_step(context, step)
        context.current = result.value
    context.chain = outer
    return result


def run_step(context: Context, step: ast.Step) -> Tensor:
    """Run one step on the current value; the caller makes its result the current one."""
    if isinstance(step, ast.Call):
        return _single(context, apply(context, step, applicable(context, step.name), None), step)
    if isinstance(step, ast.Braces):
        if context.level.numbered:
            return open_level(context, None, (step,), step.span)
        return run_braces(context, step.body)
    if isinstance(step, ast.Residual):
        return run_residual(context, step)
    if isinstance(step, ast.Combine):
        return run_combine(context, step)
    assert isinstance(step, ast.Repeat)  # the grammar has values at the start of flows only
    return _repeat(context, step)


def _single(context: Context, results: tuple[Tensor, ...], step: ast.Call) -> Tensor:
    if results and results[0].several:
        names = results[0].several
        raise Mistake(
            "E215",
            f"`{step.name.id}` has {len(names)} outputs, and a flow goes on with one",
            step.span,
            help=f"name it and read one by path: `net = {step.span.text}`, then `net.{names[0]}`",
        )
    if len(results) != 1:
        raise Mistake(
            "E215",
            f"`{step.name.id}` has {len(results)} results here, and a flow goes on with one",
            step.span,
            help=f"bind them: `{', '.join('abcdefgh'[: min(len(results), 8)])} = {step.span.text}`",
        )
    return results[0]


def open_level(
    context: Context,
    name: tuple[str, Span] | None,
    steps: "Sequence[ast.Step]",
    span: Span,
) -> Tensor:
    """Run steps in a level of their own, under a given name or at the next number of a numbered
    level.
    """
    outer = context.level
    own = outer.given(*name) if name else outer.automatic("level", span)
    builder = context.session.builder
    inputs = () if context.current is None else (context.current,)
    number = builder.open(
        Instance(
            "level",
            "",
            "",
            own,
            outer.child(own),
            outer.instance,
            (),
            inputs,
            (),
            (),
            {},
            context.origin(span, None),
            None,
            True,
        )
    )
    level = Level(number, outer.child(own), numbered=True)
    inner = context.inner(level, body=name is not None)
    result = fill(inner, steps, span)
    builder.close(number, (result.value,), level.names)
    if builder.dissolve(number):
        outer.names[own] = (result.value, None)
        return Tensor(result.value)
    outer.names[own] = (result.value, number)
    return Tensor(result.value, number)


def fill(context: Context, steps: "Sequence[ast.Step]", span: Span) -> Tensor:
    """Run what a level holds: the statements of its braces, or the steps of its chain."""
    if len(steps) == 1 and isinstance(steps[0], ast.Braces):
        return _run_statements(context, steps[0].body)
    return run_steps(context, steps, span)


def run_braces(context: Context, body: ast.Body) -> Tensor:
    """Run unnamed braces: their `let`s are local, their values belong to the enclosing body."""
    return _run_statements(context.inner(), body)


def _run_statements(context: Context, body: ast.Body) -> Tensor:
    statements.run_body(context, body)
    if context.current is None:
        raise Mistake(
            "E214",
            "these braces end without a current value",
            body.span,
            help="end them with the value that goes on",
        )
    return Tensor(context.current)


def _repeat(context: Context, step: ast.Repeat) -> Tensor:
    """`repeat N as i { … }`: N times in sequence, each turn's result feeding the next."""
    session = context.session
    count = session.evaluator.value(step.count, context.place())
    if type(count) is not int:
        raise Mistake("E206", f"`repeat` needs an int, not {described(count)}", step.count.span)
    if count < 0:
        raise Mistake("E209", f"`repeat` cannot run {count} times", step.count.span)
    result = Tensor(context.flowing(step.span))
    outer, around = context.turns, session.turns_left
    for turn in range(count):
        inner = context.inner()
        inner.turns = (*outer, turn)
        if step.variable is not None:
            inner.scope.names[step.variable.id] = Binding("turn", turn, step.variable.span)
        before = session.budget()
        session.turns_left = around * (count - turn)
        try:
            result = _run_statements(inner, step.body)
        finally:
            session.turns_left = around
        context.current = result.value
        session.check_loop(before, count - turn - 1, step.span)
    return result


def run_filling_statement(context: Context, flow: ast.Flow) -> None:
    """The body of `block B = flow`: its steps are the numbered children of the block."""
    try:
        source, steps = _start(context, flow)
        if source is not None:
            context.current = source.value
        context.chain = flow.span
        if steps:
            context.current = fill(context, steps, flow.span).value
    except Mistake as mistake:
        report(context, mistake.diagnostic)
        context.current = poison(context)
    except Unknown:
        context.current = poison(context)
