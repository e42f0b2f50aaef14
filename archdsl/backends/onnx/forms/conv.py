"""Convolutions."""

from collections.abc import Callable, Mapping
from typing import Any, cast

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
    source: Operand = X
    # Positions added at the end are fewer positions cut off there, as long as there are any.
    after = tuple(p - more for p, more in zip(args["pad"], args["output_pad"], strict=True))
    if any(-cut >= stride for cut, stride in zip(after, args["stride"], strict=True)):
        # onnxruntime adds less than a stride; a zero more in the input is a whole one.
        zeros = tuple(
            -(min(cut, 0) // stride) for cut, stride in zip(after, args["stride"], strict=True)
        )
        pads = tuple((0, count) for count in zeros)
        source = cast(Node, bordered(layer, pads, "zeros", 0, opset))
        after = tuple(
            cut + count * stride
            for cut, count, stride in zip(after, zeros, args["stride"], strict=True)
        )
    return Node(
        "ConvTranspose",
        (source, *_weights(layer)),
        {
            "dilations": args["dilation"],
            "group": args["groups"],
            "kernel_shape": args["kernel"],
            "output_padding": tuple(max(-cut, 0) for cut in after),
            "pads": (*args["pad"], *(max(cut, 0) for cut in after)),
            "strides": args["stride"],
        },
    )


FORMS: dict[str, Callable[[Layer, int], Form]] = {
    "conv": conv,
    "depthwise": conv,
    "pointwise": conv,
    "conv_transpose": conv_transpose,
}
