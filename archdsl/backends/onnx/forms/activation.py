"""Activations, dropout and the identity."""

from collections.abc import Callable
from math import pi, sqrt
from typing import cast

from archdsl.backends.onnx.records import (
    Attribute,
    Form,
    Input,
    Node,
    Tensor,
    X,
    ints,
    real,
)
from archdsl.ops.base import Layer


def passed_on(layer: Layer, opset: int) -> Form:
    """What does nothing in evaluation."""
    return Input()


def plain(op: str, **attributes: Attribute) -> Callable[[Layer, int], Form]:
    """One node, the same for every layer."""
    return lambda layer, opset: Node(op, (X,), attributes)


def numbered(op: str, parameter: str) -> Callable[[Layer, int], Form]:
    """One node with one number, `alpha` in ONNX."""
    return lambda layer, opset: Node(op, (X,), {"alpha": float(cast(float, layer.args[parameter]))})


def along_axis(op: str) -> Callable[[Layer, int], Form]:
    return lambda layer, opset: Node(op, (X,), {"axis": cast(int, layer.args["axis"]) + 1})


def relu6(layer: Layer, opset: int) -> Form:
    return Node("Clip", (X, real(0), real(6)))


def prelu(layer: Layer, opset: int) -> Form:
    slope = Tensor("weight")
    rank = layer.inputs[0].rank
    (count,) = layer.weights[0].shape
    if not layer.args["per_channel"] or rank == 0:
        return Node("PRelu", (X, slope))
    axes = ints(tuple(range(1, rank + 1)))
    return Node("PRelu", (X, Node("Unsqueeze", (slope, axes), {}, (count, *(1,) * rank))))


def gelu(layer: Layer, opset: int) -> Form:
    approximate = cast(str | None, layer.args["approximate"]) or "none"
    if opset >= 20:
        return Node("Gelu", (X,), {"approximate": approximate})
    if approximate == "none":
        inner = Node("Erf", (Node("Mul", (X, real(1 / sqrt(2)))),))
    else:
        cube = Node("Mul", (Node("Mul", (X, X)), X))
        sum_ = Node("Add", (X, Node("Mul", (cube, real(0.044715)))))
        inner = Node("Tanh", (Node("Mul", (sum_, real(sqrt(2 / pi)))),))
    return Node("Mul", (Node("Mul", (X, real(0.5))), Node("Add", (inner, real(1)))))


def silu(layer: Layer, opset: int) -> Form:
    return Node("Mul", (X, Node("Sigmoid", (X,))))


def mish(layer: Layer, opset: int) -> Form:
    if opset >= 18:
        return Node("Mish", (X,))
    return Node("Mul", (X, Node("Tanh", (Node("Softplus", (X,)),))))


def hardswish(layer: Layer, opset: int) -> Form:
    if opset >= 14:
        return Node("HardSwish", (X,))
    return Node("Mul", (X, Node("HardSigmoid", (X,), {"alpha": 1 / 6, "beta": 0.5})))


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "relu": plain("Relu"),
    "relu6": relu6,
    "leaky_relu": numbered("LeakyRelu", "slope"),
    "prelu": prelu,
    "elu": numbered("Elu", "alpha"),
    "selu": plain("Selu"),
    "gelu": gelu,
    "silu": silu,
    "mish": mish,
    "hardswish": hardswish,
    "hardsigmoid": plain("HardSigmoid", alpha=1 / 6, beta=0.5),
    "sigmoid": plain("Sigmoid"),
    "tanh": plain("Tanh"),
    "softplus": plain("Softplus"),
    "softmax": along_axis("Softmax"),
    "log_softmax": along_axis("LogSoftmax"),
    "dropout": passed_on,
    "dropout2d": passed_on,
    "droppath": passed_on,
    "identity": passed_on,
}
