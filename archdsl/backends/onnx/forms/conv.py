"""Convolutions."""

from collections.abc import Callable, Mapping
from typing import Any

from archdsl.backends.onnx.forms.shape import bordered
from archdsl.backends.onnx.records import Form, Node, NoForm, Operand, Tensor, X
from archdsl.ops.base import Layer
from archdsl.ops.window import Pads


def onnx_pads(pads: Pads) -> tuple[int, ...]:
    """Pads in ONNX's order: all that stand before, then all that stand after."""
    return (*(before for before, _ in pads), *(after for _, after in pads))


def _weights(layer: Layer) -> tuple[Operand, ...]:
    return tuple(Tensor(weight.name) for weight in layer.weights)


def conv(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    source: Operand = X
    pads: Pads = args["pad"]
    if args["pad_mode"] != "zeros" and any(map(any, pads)):
        border = bordered(layer, pads, args["pad_mode"], 0, opset)
        if isinstance(border, NoForm):
            return border
        source, pads = border, ((0, 0),) * len(pads)
    return Node(
        "Conv",
        (source, *_weights(layer)),
        {
            "dilations": args["dilation"],
            "group": args["groups"],
            "kernel_shape": args["kernel"],
            "pads": onnx_pads(pads),
            "strides": args["stride"],
        },
    )


def conv_transpose(layer: Layer, opset: int) -> Form:
    args: Mapping[str, Any] = layer.args
    # Positions added at the end are fewer positions cut off there, as long as there are any.
    after = tuple(max(p - more, 0) for p, more in zip(args["pad"], args["output_pad"], strict=True))
    added = tuple(max(more - p, 0) for p, more in zip(args["pad"], args["output_pad"], strict=True))
    if any(more >= stride for more, stride in zip(added, args["stride"], strict=True)):
        return NoForm(
            "output_pad beyond pad has to be smaller than the stride",
            help="leave output_pad out and write pad after it",
        )
    return Node(
        "ConvTranspose",
        (X, *_weights(layer)),
        {
            "dilations": args["dilation"],
            "group": args["groups"],
            "kernel_shape": args["kernel"],
            "output_padding": added,
            "pads": (*args["pad"], *after),
            "strides": args["stride"],
        },
    )


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "conv": conv,
    "depthwise": conv,
    "pointwise": conv,
    "conv_transpose": conv_transpose,
}
