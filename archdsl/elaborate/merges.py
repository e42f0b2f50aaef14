"""Merges: `concat`, `add`, `mul`, and residual connections with their shortcuts."""

from collections.abc import Sequence

from archdsl.elaborate import flows
from archdsl.elaborate.binding import (
    assign,
    complete_op_arguments,
    given_op_arguments,
    wrong_type,
)
from archdsl.elaborate.context import Context
from archdsl.elaborate.layers import applicable, infer
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.placement import report
from archdsl.elaborate.projection import Projection, project
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.tensors import single
from archdsl.elaborate.values import Tensor, text_of
from archdsl.ops import op as find_op
from archdsl.ops.base import Op
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import TensorType, same

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
    shortcut = start
    if node.shortcut is not None:
        shortcut = _shortcut(context, node, node.shortcut, start, branch)
    left, right = builder.types[branch], builder.types[shortcut]
    if left is None or right is None:
        raise Unknown
    # A sum of two sides never spreads a size of 1; a gate, `op=mul`, does.
    if join == "add" and not _alike(left, right):
        raise _mismatch(context, node, join, (start, branch, shortcut))
    op = merge_op(join)
    # A concatenation puts the skip first, as DenseNet does; a sum is written F(x) + S(x).
    values = (shortcut, branch) if join == "concat" else (branch, shortcut)
    args = complete_op_arguments(op, {}, {}, node.span)
    try:
        return merge(context, op, args, values, node.span, node, spans)
    except Mistake as mistake:
        if mistake.diagnostic.code != "E301":
            raise
        raise _mismatch(context, node, join, (start, branch, shortcut)) from None


def _alike(left: TensorType, right: TensorType) -> bool:
    """Whether two types are the same at every legal size."""
    return left.rank == right.rank and all(map(same, left.shape, right.shape))


def _mismatch(
    context: Context, node: ast.Residual, join: str, values: tuple[int, int, int]
) -> Mistake:
    from archdsl.elaborate.mends import Sides, mismatch  # only a source with an error pays for it

    return mismatch(context, Sides(node, join, *values))


def _residual_arguments(context: Context, node: ast.Residual) -> tuple[float, str, dict[str, Span]]:
    drop, join = 0.0, "add"
    bound = assign("residual", ("drop", "op"), node.args or (), {})
    if "op" in bound:
        argument = bound["op"].value
        known = isinstance(argument, ast.Name) and context.scope.find(argument.id) is not None
        value: object = argument.id if isinstance(argument, ast.Name) and not known else None
        if value is None:
            value = context.session.evaluator.value(argument, context.place())
        if value not in JOINS:
            listed = ", ".join(f"`{word}`" for word in JOINS)
            raise Mistake(
                "E206",
                f"`op` of `residual` cannot be {text_of(value)}",
                argument.span,
                help=proposal(str(value), JOINS, f"it is one of {listed}"),
            )
        join = str(value)
    if "drop" in bound:
        argument = bound["drop"].value
        value = context.session.evaluator.value(argument, context.place())
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type("residual", "drop", "float", value, argument.span)
        if not 0 <= value < 1:
            raise Mistake(
                "E309",
                f"`drop` of `residual` must be at least 0 and below 1, not {text_of(value)}",
                argument.span,
                help="it is the probability with which a sample skips the branch",
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
    if isinstance(step, ast.Call) and step.name.id == "project":
        known = context.scope.find("project") or applicable(context, step.name, quiet=True)
        if known is None and step.args:
            raise Mistake(
                "E205",
                "`project` takes no arguments: its channels and stride are those of the branch",
                step.span,
                help="write `shortcut project`, or the shortcut's own layers",
            )
        if known is None:
            projection = Projection(node, name, start, branch)
            return project(context, projection, context.session.builder)
    if isinstance(step, ast.Call) and step.args is None:
        binding = context.scope.find(step.name.id)
        if binding is not None and isinstance(binding.value, Tensor):
            return single(binding.value, step.span).value
    inner = context.inner()
    inner.current = start
    return flows.run_shortcut(inner, name, step).value
