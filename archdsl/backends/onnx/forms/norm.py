"""Normalisation layers, and the learned factor per channel."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from archdsl.backends.onnx.forms.shape import reshaped, reshaped_like
from archdsl.backends.onnx.records import (
    BATCH,
    Attribute,
    Constant,
    Form,
    Node,
    NoForm,
    Operand,
    Shape,
    Tensor,
    X,
    ints,
    real,
)
from archdsl.ops.base import Layer
from archdsl.types import TensorType, product


def _filled(value: float, count: int) -> Constant:
    return Constant((value,) * count, (count,), "float")


def bn(layer: Layer, opset: int) -> Form:
    channels = cast(int, layer.inputs[0].channels)
    scale: Operand = Tensor("weight")
    shift: Operand = Tensor("bias")
    if not layer.args["affine"]:
        scale, shift = _filled(1, channels), _filled(0, channels)
    return Node(
        "BatchNormalization",
        (X, scale, shift, Tensor("running_mean"), Tensor("running_var")),
        {"epsilon": _eps(layer)},
    )


def _eps(layer: Layer) -> float:
    return float(cast(float, layer.args["eps"]))


def instance_norm(layer: Layer, opset: int) -> Form:
    channels = cast(int, layer.inputs[0].channels)
    operands = (X, _filled(1, channels), _filled(0, channels))
    return Node("InstanceNormalization", operands, {"epsilon": _eps(layer)})


def gn(layer: Layer, opset: int) -> Form:
    """Each group as one channel of an instance norm, then scale and shift of the channels.

    ONNX's own GroupNormalization changed its meaning between opsets 18 and 21.
    """
    groups, source = cast(int, layer.args["groups"]), layer.inputs[0]
    grouped = reshaped(X, (groups, product(source.shape) // groups))
    normed = Node(
        "InstanceNormalization",
        (grouped, _filled(1, groups), _filled(0, groups)),
        {"epsilon": _eps(layer)},
        grouped.shape,
    )
    scaled = Node("Mul", (reshaped_like(layer, normed), _per_channel("weight", source)))
    return Node("Add", (scaled, _per_channel("bias", source)))


def _per_channel(name: str, source: TensorType) -> Operand:
    if not source.rank:
        return Tensor(name)
    axes = ints(tuple(range(1, source.rank + 1)))
    shape = (source.channels, *(1,) * source.rank)
    return Node("Unsqueeze", (Tensor(name), axes), {}, shape)


def ln(layer: Layer, opset: int) -> Form:
    if opset < 17:
        return NoForm("layer normalisation exists", 17)
    source = layer.inputs[0]
    rank = source.rank
    weights = (Tensor("weight"), Tensor("bias"))
    attributes = {"axis": -1, "epsilon": _eps(layer)}
    if not rank:
        return Node("LayerNormalization", (X, *weights), attributes)
    last = (BATCH, *source.spatial, source.channels)
    moved = Node("Transpose", (X,), {"perm": (0, *range(2, rank + 2), 1)}, last)
    normed = Node("LayerNormalization", (moved, *weights), attributes, last)
    return Node("Transpose", (normed,), {"perm": (0, rank + 1, *range(1, rank + 1))})


def lrn(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    source = layer.inputs[0]
    length = product(source.spatial)
    if args["size"] % 2 == 0:
        return _lrn_of_even_size(layer, (BATCH, source.channels, length))
    attributes = {
        "alpha": float(args["alpha"]),
        "beta": float(args["beta"]),
        "bias": float(args["k"]),
        "size": args["size"],
    }
    if source.rank == 2:
        return Node("LRN", (X,), attributes)
    # onnxruntime takes images only. 0 keeps a size as it is.
    image: Shape = (BATCH, source.channels, length, 1)
    flat = Node("Reshape", (X, ints((0, 0, -1, 1))), {}, image)
    return reshaped_like(layer, Node("LRN", (flat,), attributes, image))


def _lrn_of_even_size(layer: Layer, rows: Shape) -> Node:
    """ONNX's own LRN has a channel in the middle; PyTorch's windows have one more before it."""
    args: Mapping[str, Any] = layer.args
    size = args["size"]
    flat = Node("Reshape", (X, ints((0, 0, -1))), {}, rows)
    plane: Shape = (BATCH, 1, *rows[1:])
    squares = Node("Unsqueeze", (Node("Mul", (flat, flat), {}, rows), ints((1,))), {}, plane)
    window: dict[str, Attribute] = {
        "count_include_pad": 1,
        "kernel_shape": (size, 1),
        "pads": (size // 2, 0, (size - 1) // 2, 0),
        "strides": (1, 1),
    }
    mean = Node("AveragePool", (squares,), window, plane)
    base = Node(
        "Add",
        (Node("Mul", (mean, real(float(args["alpha"]))), {}, plane), real(float(args["k"]))),
        {},
        plane,
    )
    power = Node("Pow", (base, real(float(args["beta"]))), {}, plane)
    divisor = Node("Squeeze", (power, ints((1,))), {}, rows)
    return reshaped_like(layer, Node("Div", (flat, divisor), {}, rows))


def scale(layer: Layer, opset: int) -> Form:
    return Node("Mul", (X, Tensor("")))


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "bn": bn,
    "gn": gn,
    "instance_norm": instance_norm,
    "ln": ln,
    "lrn": lrn,
    "scale": scale,
}
