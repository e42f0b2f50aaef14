"""`shortcut project`: the identity where it fits, else a strided 1x1 convolution and batch norm (He
et al., 2015).
"""

from archdsl.elaborate import flows
from archdsl.elaborate.context import Context
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.graph.builder import Builder
from archdsl.ops.base import GLOBAL, UNKNOWN, Layer
from archdsl.records import NamedTuple
from archdsl.syntax import ast


class Projection(NamedTuple):
    """The residual to project for: the layer's name, and the values its branch starts from and ends
    with.
    """

    node: ast.Residual
    name: ast.Name | ast.String
    start: int
    branch: int


def project(context: Context, projection: Projection, builder: Builder) -> int:
    """The shortcut's value: `start` itself, or that of `conv(channels, 1, stride=…, bias=false) ->
    bn`.
    """
    node, start, branch = projection.node, projection.start, projection.branch
    before, after = builder.types[start], builder.types[branch]
    if before is None or after is None:
        raise Unknown
    span = node.shortcut.span if node.shortcut else node.span
    strides = stride_between(builder, start, branch)
    if strides is None or before.rank != after.rank or before.rank == 0:
        raise Mistake(
            "E301",
            f"no projection takes {before} to {after}: the branch does not lead from the input"
            " through strides to its end",
            span,
            help="write the shortcut's layers instead of `project`",
        )
    if before.channels == after.channels and all(stride == 1 for stride in strides):
        return start

    def number(value: int) -> ast.Number:
        return ast.Number(value, span)

    def named(name: str, value: ast.Expr) -> ast.Argument:
        return ast.Argument(ast.Name(name, span), value, span)

    assert isinstance(after.channels, int)
    stride: ast.Expr = (
        number(strides[0])
        if len(set(strides)) == 1
        else ast.List(tuple([number(one) for one in strides]), span)
    )
    conv = ast.Call(
        ast.Name("conv", span),
        (
            ast.Argument(None, number(after.channels), span),
            ast.Argument(None, number(1), span),
            named("stride", stride),
            named("pad", ast.String(("same",), span)),
            named("dilation", number(1)),
            named("groups", number(1)),
            named("bias", ast.Constant(False, span)),
        ),
        span,
    )
    bn = ast.Call(ast.Name("bn", span), None, span)
    inner = context.inner()
    inner.current = start
    flow = ast.Flow((conv, bn), span)
    text = inner.text(projection.name)
    return flows.open_level(inner, (text, projection.name.span), flow.steps, span).value


def stride_between(builder: Builder, start: int, end: int) -> tuple[int, ...] | None:
    """The product of the strides from one value to a later one, per axis; None if no path of layers
    joins them.

    Where paths join, the one written first is followed: all of them must agree, or the shapes would
    not.
    """
    type_ = builder.types[start]
    if type_ is None or type_.rank == 0:
        return None
    # What is read of a value stands behind it: going back, all its readers come before its maker.
    found = {end: (1,) * type_.rank}
    for step in reversed(builder.steps):
        outputs = step.outputs
        if outputs and outputs[-1] <= start:
            break
        for output in outputs:
            if output in found:
                strides = _strides_before(step.layer, found[output])
                if strides is not None:
                    for operand in step.inputs:
                        found[operand] = strides
                break
    return found.get(start)


def _strides_before(layer: Layer, strides: tuple[int, ...]) -> tuple[int, ...] | None:
    """The strides from a layer's inputs, where these are the ones from its outputs; None where a
    layer has no stride.
    """
    reach = layer.op.reach(layer)
    if not isinstance(reach, tuple):
        lost = reach == GLOBAL or (reach == UNKNOWN and not _keeps_sizes(layer))
        return None if lost else strides
    if len(reach) != len(strides) or any(window.transposed for window in reach):
        return None
    return tuple([own.stride * after for own, after in zip(reach, strides, strict=True)])


def _keeps_sizes(layer: Layer) -> bool:
    """Whether a layer of unknown reach leaves the sizes as they are, which a stride would not."""
    return layer.inputs[0].spatial == layer.outputs[0].spatial
