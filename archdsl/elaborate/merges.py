"""Merges: `concat`, `add`, `mul`, and residual connections with their shortcuts."""

from collections.abc import Sequence

from archdsl.diagnostics import Edit, Fix
from archdsl.elaborate import flows
from archdsl.elaborate.binding import assign, complete_op_arguments, given_op_arguments
from archdsl.elaborate.context import Context
from archdsl.elaborate.layers import infer
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.placement import report
from archdsl.elaborate.projection import Projection, project, stride_between
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import Tensor, text_of, type_of
from archdsl.ops import op as find_op
from archdsl.ops.base import Op
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import TensorType

JOINS = ("add", "concat", "mul")


def merge_op(name: str) -> Op:
    op = find_op(name)
    assert op is not None
    return op


def merge(
    context: Context,
    op: Op,
    args: dict[str, object],
    values: Sequence[int],
    span: Span,
    node: object,
    spans: dict[str, Span],
) -> Tensor:
    """Join values; a merge has no name, only a label."""
    builder = context.session.builder
    types = [builder.types[value] for value in values]
    known = tuple([type_ for type_ in types if type_ is not None])
    if len(known) < len(types):
        raise Unknown
    layer = infer(context, op, args, known, span, spans)
    level = context.level
    (result,) = builder.add(
        layer,
        tuple(values),
        "",
        level.merge_path(op.name),
        level.instance,
        context.origin(span, node),
    )
    return Tensor(result)


# --- concat, add, mul -----------------------------------------------------------------------------


def run_combine(context: Context, node: ast.Combine) -> Tensor:
    """Side by side: every branch starts from the current value."""
    op = merge_op(node.op)
    args, spans = given_op_arguments(context.session, op, node.args or (), {}, context.place())
    start = context.current
    failed = False
    values = []
    for branch in node.branches:
        try:
            values.append(_branch(context, branch, start))
        except Mistake as mistake:
            report(context, mistake.diagnostic)
            failed = True
        except Unknown:
            failed = True
    context.current = start
    if failed:
        raise Unknown
    complete = complete_op_arguments(op, args, {}, node.span)
    return merge(context, op, complete, values, node.span, node, spans)


def _branch(context: Context, branch: ast.Branch, start: int | None) -> int:
    inner = context.inner()
    inner.current = start
    if branch.name is None:
        return flows.run_flow(inner, branch.flow).value
    flows.run_named(inner, branch.name, branch.flow)
    return inner.flowing(branch.span)


# --- residual -------------------------------------------------------------------------------------


def run_residual(context: Context, node: ast.Residual) -> Tensor:
    """y = F(x) + S(x) (He et al., 2015)."""
    session = context.session
    builder = session.builder
    start = context.flowing(node.span)
    drop, join, spans = _residual_arguments(context, node)
    skips = node.condition is None or session.evaluator.truth(node.condition, context.place())
    branch = flows.run_braces(context, node.body).value
    if not skips:
        return Tensor(branch)
    if drop > 0:
        branch = _drop(context, node, branch, drop)
    context.current = start
    if node.shortcut is None:
        shortcut: int | None = start
    else:
        shortcut = _shortcut(context, node, node.shortcut, start, branch)
    assert shortcut is not None
    left, right = builder.types[branch], builder.types[shortcut]
    if left is None or right is None:
        raise Unknown
    op = merge_op(join)
    # A concatenation puts the skip first, as DenseNet does; a sum is written F(x) + S(x).
    values = (shortcut, branch) if join == "concat" else (branch, shortcut)
    try:
        return merge(
            context,
            op,
            complete_op_arguments(op, {}, {}, node.span),
            values,
            node.span,
            node,
            spans,
        )
    except Mistake as mistake:
        if mistake.diagnostic.code != "E301":
            raise
        raise _mismatch(context, node, start, branch, left, right) from None


def _residual_arguments(context: Context, node: ast.Residual) -> tuple[float, str, dict[str, Span]]:
    drop, join = 0.0, "add"
    bound = assign("residual", ("drop", "op"), node.args or (), {})
    if "op" in bound:
        argument = bound["op"].value
        word = argument.id if isinstance(argument, ast.Name) and argument.id in JOINS else None
        value = word or context.session.evaluator.value(argument, context.place())
        if value not in JOINS:
            raise Mistake(
                "E206",
                f"`op` of `residual` must be one of {', '.join(JOINS)}, not {text_of(value)}",
                argument.span,
                help=proposal(str(value), JOINS),
            )
        join = str(value)
    if "drop" in bound:
        argument = bound["drop"].value
        value = context.session.evaluator.value(argument, context.place())
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Mistake(
                "E206",
                f"`drop` of `residual` must be float, not {text_of(value)} ({type_of(value)})",
                argument.span,
            )
        if not 0 <= value < 1:
            raise Mistake(
                "E309",
                f"`drop` of `residual` is the probability of dropping the branch: at least 0"
                f" and below 1, not {text_of(value)}",
                argument.span,
            )
        drop = float(value)
    return drop, join, {name: argument.span for name, argument in bound.items()}


def _drop(context: Context, node: ast.Residual, branch: int, p: float) -> int:
    """Stochastic depth on the branch (Huang et al., 2016). It is named beside the numbering: it was
    not written.
    """
    builder = context.session.builder
    type_ = builder.types[branch]
    if type_ is None:
        raise Unknown
    op = merge_op("droppath")
    layer = infer(context, op, {"p": p}, (type_,), node.span, {})
    name = context.level.counted("droppath", node.span)
    (result,) = builder.add(
        layer,
        (branch,),
        name,
        context.level.child(name),
        context.level.instance,
        context.origin(node.span, node),
    )
    return result


def _shortcut(
    context: Context, node: ast.Residual, shortcut: ast.Shortcut, start: int, branch: int
) -> int:
    """S(x). `project` is the identity, or the projection that makes the shapes agree."""
    step = shortcut.step
    name: ast.Name | ast.String = shortcut.name or ast.Name("shortcut", shortcut.span)
    if isinstance(step, ast.Call) and step.args is None:
        binding = context.scope.find(step.name.id)
        if binding is None and step.name.id == "project":
            projection = Projection(node, name, start, branch)
            return project(context, projection, context.session.builder)
        if binding is not None and isinstance(binding.value, Tensor):
            return binding.value.value
    inner = context.inner()
    inner.current = start
    flows.run_named(inner, name, ast.Flow((step,), step.span))
    # The name of a shortcut is that of its layer; as a value it may recur, as in a loop.
    _forget(context, inner, name)
    return inner.flowing(shortcut.span)


def _forget(context: Context, inner: Context, name: ast.Name | ast.String) -> None:
    if isinstance(name, ast.Name) and name.id == "shortcut":
        context.scope.holder.names.pop("shortcut", None)


def _mismatch(
    context: Context,
    node: ast.Residual,
    start: int,
    branch: int,
    left: TensorType,
    right: TensorType,
) -> Mistake:
    """A residual whose two sides differ: both shapes, what differs, and the mend."""
    differing = _differences(left, right)
    message = (
        f"the residual adds {left} from its branch to {right} from its "
        f"{'shortcut' if node.shortcut else 'input'}: {differing}"
    )
    steps = stride_between(context.session.builder, start, branch)
    if node.shortcut is None and steps is not None and _projection_mends(left, right, steps):
        insert = Span(node.span.source, node.span.end, node.span.end)
        return Mistake(
            "E301",
            message,
            node.span,
            help="project the input: add `shortcut project` after the braces"
            f" (a 1x1 conv to {left.channels} channels{_with_stride(steps)})",
            fix=Fix("add `shortcut project`", (Edit(insert, " shortcut project"),)),
        )
    return Mistake("E301", message, node.span, help=_size_help(context, start, branch, left, right))


def _with_stride(steps: tuple[int, ...]) -> str:
    if all(step == 1 for step in steps):
        return ""
    return f" with stride {steps[0] if len(set(steps)) == 1 else list(steps)}"


def _projection_mends(left: TensorType, right: TensorType, steps: tuple[int, ...]) -> bool:
    sizes = tuple([(size - 1) // step + 1 for size, step in zip(right.spatial, steps, strict=True)])
    return sizes == left.spatial


def _differences(left: TensorType, right: TensorType) -> str:
    if left.rank != right.rank:
        return f"{left.rank + 1} axes and {right.rank + 1}"
    names = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
    axes = ("channels", *names.get(left.rank, ()))
    parts = [
        f"{axis} {one} and {other}"
        for axis, one, other in zip(axes, left.shape, right.shape, strict=True)
        if one != other
    ]
    return ", ".join(parts)


def _size_help(
    context: Context, start: int, branch: int, left: TensorType, right: TensorType
) -> str:
    """What to change when no projection mends it: usually a layer that loses its border."""
    builder = context.session.builder
    if left.rank == right.rank and left.spatial != right.spatial:
        for step in reversed(builder.steps):
            if branch < start or not step.outputs or step.outputs[0] <= start:
                break
            reach = step.layer.op.reach(step.layer)
            if isinstance(reach, str):
                continue
            kernel = step.layer.args.get("kernel")
            if step.layer.inputs[0].spatial != step.layer.outputs[0].spatial and all(
                window.stride == 1 for window in reach
            ):
                return (
                    f"`{step.path}` takes {step.layer.inputs[0]} to {step.layer.outputs[0]}: "
                    f"its kernel {text_of(kernel)} needs `pad=same` to keep the size"
                )
        return "give both sides the same strides and paddings"
    return (
        "bring both sides to the same shape,"
        f" for example with `conv({right.channels}, 1)` in the branch"
    )
