"""Linear layers and attention."""

from collections.abc import Callable
from math import sqrt
from typing import cast

from archdsl.backends.onnx.forms.shape import reshaped, reshaped_like
from archdsl.backends.onnx.records import (
    BATCH,
    Form,
    Node,
    Operand,
    Shape,
    Tensor,
    X,
    integer,
    ints,
    real,
)
from archdsl.ops.base import Layer
from archdsl.types import product


def linear(layer: Layer, opset: int) -> Form:
    source, features = layer.inputs[0], layer.weights[0].shape[0]
    names = [weight.name for weight in layer.weights]
    if not source.rank:
        return Node("Gemm", (X, *map(Tensor, names)), {"transB": 1})
    rank = source.rank
    last = {"perm": (0, *range(2, rank + 2), 1)}
    moved = Node("Transpose", (X,), last, (BATCH, *source.spatial, source.channels))
    result = _affine(layer, moved, names, (BATCH, *source.spatial, features))
    return Node("Transpose", (result,), {"perm": (0, rank + 1, *range(1, rank + 1))})


def _affine(layer: Layer, rows: Node, names: list[str], shape: Shape) -> Node:
    """Rows times the transposed weight, plus the bias if there is one."""
    weight = next(weight for weight in layer.weights if weight.name == names[0])
    turned = Node("Transpose", (Tensor(names[0]),), {"perm": (1, 0)}, weight.shape[::-1])
    product_ = Node("MatMul", (rows, turned), {}, shape)
    return Node("Add", (product_, Tensor(names[1])), {}, shape) if names[1:] else product_


def attention(layer: Layer, opset: int) -> Form:
    source, heads = layer.inputs[0], cast(int, layer.args["heads"])
    channels, length = cast(int, source.channels), product(source.spatial)
    width = channels // heads
    columns = reshaped(X, (channels, length))
    rows: Shape = (BATCH, length, channels)
    tokens = Node("Transpose", (columns,), {"perm": (0, 2, 1)}, rows)
    stacked = _affine(
        layer, tokens, ["in_proj_weight", "in_proj_bias"], (BATCH, length, 3 * channels)
    )
    # 0 keeps a size as it is.
    apart = Node(
        "Reshape",
        (stacked, ints((0, 0, 3, heads, width))),
        {},
        (BATCH, length, 3, heads, width),
    )
    parts = Node("Transpose", (apart,), {"perm": (2, 0, 3, 1, 4)}, (3, BATCH, heads, length, width))
    each: Shape = (BATCH, heads, length, width)
    query, key, value = (
        Node("Gather", (parts, integer(index)), {"axis": 0}, each) for index in range(3)
    )
    turned = Node("Transpose", (key,), {"perm": (0, 1, 3, 2)}, (BATCH, heads, width, length))
    scaled: Operand = Node("Mul", (query, real(1 / sqrt(width))), {}, each)
    square: Shape = (BATCH, heads, length, length)
    scores = Node("Softmax", (Node("MatMul", (scaled, turned), {}, square),), {"axis": -1}, square)
    attended = Node("MatMul", (scores, value), {}, each)
    together = Node("Transpose", (attended,), {"perm": (0, 2, 1, 3)}, (BATCH, length, heads, width))
    mixed = Node("Reshape", (together, ints((0, 0, channels))), {}, rows)
    result = _affine(layer, mixed, ["out_proj.weight", "out_proj.bias"], rows)
    return reshaped_like(
        layer, Node("Transpose", (result,), {"perm": (0, 2, 1)}, (BATCH, channels, length))
    )


FORMS: dict[str, Callable[[Layer, int], Form]] = {"linear": linear, "attention": attention}
