"""Pools."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from archdsl.backends.onnx.forms.conv import onnx_pads
from archdsl.backends.onnx.forms.shape import bordered, length_of
from archdsl.backends.onnx.records import (
    BATCH,
    FLOAT,
    Form,
    Node,
    Operand,
    Shape,
    X,
    integer,
    ints,
    real,
    too_long,
)
from archdsl.ops.base import Layer
from archdsl.ops.window import Pads, extent
from archdsl.types import Dim, bounds


def _pads(args: Mapping[str, Any]) -> Pads:
    """The pads with which rounding down gives what `ceil` does, at any size of the input.

    ONNX's own ceil_mode differs between opsets, and between the checker and onnxruntime.
    """
    pads: Pads = args["pad"]
    if not args["ceil"]:
        return pads
    dilation = args.get("dilation", (1,) * len(pads))
    return tuple(
        (before, min(after + stride, extent(kernel, distance)) - 1)
        for (before, after), stride, kernel, distance in zip(
            pads, args["stride"], args["kernel"], dilation, strict=True
        )
    )


def maxpool(layer: Layer, opset: int) -> Form:
    found = _max_pooled(layer, X, opset)
    if not _may_see_nothing(layer):
        return found
    # PyTorch gives -inf for a window that sees nothing but padding, onnxruntime the lowest number:
    # zeros, pooled in the same way, show where that is.
    sizes = Node("Shape", (X,), {}, (layer.inputs[0].rank + 2,), "int64")
    zeros = Node("ConstantOfShape", (sizes,), {}, (BATCH, *layer.inputs[0].shape))
    result: Shape = (BATCH, *layer.outputs[0].shape)
    seen = _max_pooled(layer, zeros, opset)._replace(shape=result)
    blank = Node("Less", (seen, real(0)), {}, result, "bool")
    return Node("Where", (blank, real(float("-inf")), found._replace(shape=result)))


def _max_pooled(layer: Layer, source: Operand, opset: int) -> Node:
    args: Mapping[str, Any] = layer.args
    pads = _pads(args)
    if any(max(pair) >= kernel for pair, kernel in zip(pads, args["kernel"], strict=True)):
        # onnxruntime takes no pad as long as the kernel, however far its elements are apart.
        source = cast(Node, bordered(layer, pads, "zeros", float("-inf"), opset, source))
        pads = ((0, 0),) * len(pads)
    return Node(
        "MaxPool",
        (source,),
        {
            "dilations": args["dilation"],
            "kernel_shape": args["kernel"],
            "pads": onnx_pads(pads),
            "strides": args["stride"],
        },
    )


def _may_see_nothing(layer: Layer) -> bool:
    """Whether some window may see nothing, at a legal size.

    That takes elements farther apart than the input is long: padding alone is never as long as a
    window.
    """
    args: Mapping[str, Any] = layer.args
    axes = zip(
        layer.inputs[0].spatial,
        args["kernel"],
        args["stride"],
        args["pad"],
        args["dilation"],
        strict=True,
    )
    return any(sees_nothing(*along, args["ceil"]) for along in axes)


def sees_nothing(
    size: Dim, kernel: int, stride: int, pads: tuple[int, int], dilation: int, ceil: bool
) -> bool:
    """Whether some window along an axis may lie with all its elements outside the input.

    No window starts behind the input. Of one that starts `ahead` positions before it, the first
    element that could be inside stands at -ahead modulo the dilation, and so the window sees
    nothing where the input is no longer than that. Each window that starts further on exists from a
    larger size on, and by as much its element stands nearer. So one window decides, though there
    may be billions: the first one whose element leaves room for the shortest input.
    """
    low, high = bounds(size)
    shortest = max(low or 1, 1)
    before = pads[0]
    farthest = -(-before // dilation) * dilation - shortest
    skipped = -(-max(before - farthest, 0) // stride)
    ahead = before - skipped * stride
    if ahead <= 0:
        return False
    hanging = stride - 1 if ceil else 0
    least = max(shortest, extent(kernel, dilation) - sum(pads) - hanging + skipped * stride)
    inside = -ahead % dilation
    return least <= (inside if high is None else min(inside, high))


def avgpool(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    source: Operand = X
    pads, counted = _pads(args), args["count_pad"]
    if counted and pads != args["pad"]:
        # What `ceil` adds at the end never counts; the padding itself does.
        if any(map(any, args["pad"])):
            source = cast(Node, bordered(layer, args["pad"], "zeros", 0, opset))
        pads = tuple((0, all_[1] - own[1]) for all_, own in zip(pads, args["pad"], strict=True))
        counted = False
    return Node(
        "AveragePool",
        (source,),
        {
            "count_include_pad": int(counted),
            "kernel_shape": args["kernel"],
            "pads": onnx_pads(pads),
            "strides": args["stride"],
        },
    )


def global_pool(op: str) -> Callable[[Layer, int], Form]:
    return lambda layer, opset: Node(op, (X,))


def adaptive_avgpool(layer: Layer, opset: int) -> Form:
    return _adaptive(layer, opset, "Average")


def adaptive_maxpool(layer: Layer, opset: int) -> Form:
    return _adaptive(layer, opset, "Max")


def _adaptive(layer: Layer, opset: int, kind: str) -> Form:
    """A global or an ordinary pool where all windows are alike, else axis by axis."""
    source, sizes = layer.inputs[0], cast(tuple[int, ...], layer.args["size"])
    if all(size == 1 for size in sizes):
        return Node(f"Global{kind}Pool", (X,))
    spatial = source.spatial
    if all(isinstance(n, int) and n % out == 0 for n, out in zip(spatial, sizes, strict=True)):
        kernel = tuple(cast(int, n) // out for n, out in zip(spatial, sizes, strict=True))
        return Node(f"{kind}Pool", (X,), {"kernel_shape": kernel, "strides": kernel})
    refused = too_long(max(sizes))
    if refused:
        return refused
    result: Operand = X
    shape: list[Dim] = [*source.shape]
    for axis in range(source.rank, 0, -1):
        result = _shared_out(result, shape, axis, sizes[axis - 1], kind, opset)
        shape[axis] = sizes[axis - 1]
    return cast(Node, result)


def _shared_out(
    source: Operand, shape: list[Dim], axis: int, out: int, kind: str, opset: int
) -> Operand:
    """One axis pooled to `out` windows."""
    size = shape[axis]
    if size == out:
        return source
    starts, ends = _borders(length_of(source, len(shape) + 1, axis), out)
    inside = _table(length_of(source, len(shape) + 1, axis), size, starts, ends, out)
    # The pooled axis has to stand last.
    count, moves = len(shape) + 1, axis < len(shape) - 1
    order = (*(index for index in range(count) if index != axis + 1), axis + 1)
    others: Shape = (BATCH, *(shape[index - 1] for index in order[1:-1]))
    turned = Node("Transpose", (source,), {"perm": order}, (*others, size)) if moves else source
    pooled = (
        _mean(turned, inside, starts, ends, (*others, out))
        if kind == "Average"
        else _largest(turned, inside, (*others, size, out), opset)
    )
    if not moves:
        return pooled
    back = tuple(order.index(index) for index in range(count))
    result: Shape = (BATCH, *shape[:axis], out, *shape[axis + 1 :])
    return Node("Transpose", (pooled,), {"perm": back}, result)


def _borders(length: Node, out: int) -> tuple[Node, Node]:
    """Where windows start and end: window i goes from floor(i*n/out) to ceil((i+1)*n/out).

    They are worked out from the size at run time, so that it may be symbolic.
    """

    def whole(op: str, *operands: Operand) -> Node:
        return Node(op, operands, {}, (out,), "int64")

    starts = whole("Div", whole("Mul", length, ints(tuple(range(out)))), integer(out))
    last = whole("Mul", length, ints(tuple(range(1, out + 1))))
    return starts, whole("Div", whole("Add", last, integer(out - 1)), integer(out))


def _table(length: Node, size: Dim, starts: Node, ends: Node, out: int) -> Node:
    """Which of the positions lie in which window: [n, out]."""
    numbers = Node("Range", (integer(0), length, integer(1)), {}, (size,), "int64")
    positions = Node("Unsqueeze", (numbers, ints((1,))), {}, (size, 1), "int64")
    table: Shape = (size, out)
    after = Node("GreaterOrEqual", (positions, starts), {}, table, "bool")
    before = Node("Less", (positions, ends), {}, table, "bool")
    return Node("And", (after, before), {}, table, "bool")


def _mean(source: Operand, inside: Node, starts: Node, ends: Node, shape: Shape) -> Node:
    """The mean of each window, as a product with the windows' shares."""
    counts = Node("Sub", (ends, starts), {}, starts.shape, "int64")
    shares = Node(
        "Div",
        (
            Node("Cast", (inside,), {"to": FLOAT}, inside.shape),
            Node("Cast", (counts,), {"to": FLOAT}, starts.shape),
        ),
        {},
        inside.shape,
    )
    return Node("MatMul", (source, shares), {}, shape)


def _largest(source: Operand, inside: Node, shape: Shape, opset: int) -> Node:
    """The maximum of each window; `shape` holds positions and windows at its end."""
    *others, size, out = shape
    column = Node("Unsqueeze", (source, ints((-1,))), {}, (*others, size, 1))
    masked = Node("Where", (inside, column, real(float("-inf"))), {}, shape)
    if opset >= 18:
        return Node("ReduceMax", (masked, ints((-2,))), {"keepdims": 0}, (*others, out))
    return Node("ReduceMax", (masked,), {"axes": (-2,), "keepdims": 0}, (*others, out))


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "maxpool": maxpool,
    "avgpool": avgpool,
    "adaptive_avgpool": adaptive_avgpool,
    "adaptive_maxpool": adaptive_maxpool,
    "gap": global_pool("GlobalAveragePool"),
    "gmp": global_pool("GlobalMaxPool"),
}
