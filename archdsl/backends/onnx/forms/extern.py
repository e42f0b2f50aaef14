"""Ops of the user's own: a node in the domain that their declaration names."""

from archdsl.backends.onnx.records import Attribute, Form, Node, NoForm, X
from archdsl.ops.base import Layer
from archdsl.ops.extern import ExternOp

LARGEST_FLOAT = 2.0**128 - 2.0**104
"""Of float32, which ONNX's attributes are in."""


def form(layer: Layer, opset: int) -> Form:
    """The node, its parameters as attributes by their name; `none` is an attribute left out."""
    op = layer.op
    assert isinstance(op, ExternOp)
    if op.onnx_operator is None:
        return NoForm(
            "its declaration names no operator",
            help='add `onnx "domain:Operator"` to its declaration',
        )
    if layer.opaque_params:
        return NoForm(
            f"its {layer.opaque_params:,} parameters are its PyTorch module's own, and archdsl"
            " knows neither their names nor their shapes"
        )
    attributes: dict[str, Attribute] = {}
    for name, value in layer.args.items():
        if value is None:
            continue
        attribute = _attribute(value)
        if attribute is None:
            return NoForm(
                f"{name} is no attribute of ONNX: these are float32 and int64 numbers, strings,"
                " and lists of one of these that are not empty"
            )
        attributes[name] = attribute
    domain, operator = op.onnx_operator
    return Node(operator, (X,), attributes, domain=domain)


def _attribute(value: object) -> Attribute | None:
    """A value as an attribute, truth values as 0 and 1; None where there is no such attribute."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and abs(value) > LARGEST_FLOAT:
        return None
    if isinstance(value, int | float | str):
        return value
    if not isinstance(value, tuple) or not value:
        return None
    numbers = tuple([item for item in value if isinstance(item, int | float)])
    texts = tuple([item for item in value if isinstance(item, str)])
    if len(numbers) == len(value):
        if any(isinstance(item, float) for item in numbers):
            fits = all(abs(item) <= LARGEST_FLOAT for item in numbers)
            return tuple([float(item) for item in numbers]) if fits else None
        return tuple([int(item) for item in numbers])
    return texts if len(texts) == len(value) else None
