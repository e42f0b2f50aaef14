"""Mistakes that a compiler could make, planted to test the oracle: a comparison that does not see
them would not see real ones either.
"""

from typing import NamedTuple

from archdsl.backends.onnx import forms
from archdsl.backends.onnx.records import Input, Node, X, real
from archdsl.ops import pool, window
from archdsl.ops.base import Layer
from tests.differential.planting import (
    Plant,
    attribute,
    bias_again,
    branch_as_its_own_shortcut,
    cropped_other_way,
    defaults_of_conv_alone,
    in_place_always,
    inverse,
    method,
    node_type,
    onnx_arguments,
    onnx_form,
    operands,
    padded_with_zeros,
    padding_before_and_after_swapped,
    pads_of_axes_swapped,
    replaced,
    resized,
    reversed_concat,
    reversed_parts,
    same_lower,
    strides_and_dilations_swapped,
    support,
    torch_argument,
    torch_strides_and_dilations_swapped,
    unshared_in_onnx,
    without_bias,
)


class Mistake(NamedTuple):
    """A mistake.

    Attributes:
        name: what is wrong; in ONNX, in PyTorch, or in what both are made from.
        needs: a regular expression that the source of every network has in which it can show.
        plant: makes it.
    """

    name: str
    needs: str
    plant: Plant


SHARED_TWICE = r"(?s)shared (shared\d+) = (conv|linear|pointwise|depthwise|bn)\b.*\b\1\b.*\b\1\b"
"""A shared layer with weights, which is used at least twice."""

MISTAKES = (
    # Norms.
    Mistake("bn: another eps in ONNX", r"\bbn", attribute("bn", "epsilon", lambda eps: 2e-3)),
    Mistake(
        "bn: eps left out in PyTorch", r"bn\(.*0\.\d", torch_argument("bn", "eps", lambda eps: 1e-5)
    ),
    Mistake("bn: momentum left out", "momentum=", torch_argument("bn", "momentum", lambda m: 0.1)),
    Mistake(
        "bn: affine ignored", "affine=false", torch_argument("bn", "affine", lambda affine: True)
    ),
    Mistake("gn: one group in ONNX", r"gn\([2-9]", onnx_arguments("gn", groups=lambda groups: 1)),
    Mistake("gn: eps of ln", r"gn\(", torch_argument("gn", "eps", lambda eps: 0.1)),
    Mistake(
        "ln: not over channels",
        r"\bln\b",
        attribute("ln", "perm", lambda perm: tuple(range(len(perm)))),
    ),
    Mistake(
        "lrn: alpha not divided in ONNX",
        r"lrn\([^)]*(0\.1|1|alpha)",
        attribute("lrn", "alpha", lambda alpha: 5 * alpha),
    ),
    Mistake("lrn: k left out in PyTorch", r"\bk=[02]", torch_argument("lrn", "k", lambda k: 1)),
    Mistake("scale: left out in ONNX", r"\bscale", onnx_form("scale", lambda form, layer: Input())),
    # Convolutions and linear layers.
    Mistake("conv: no bias in ONNX", r"\bconv\(", operands("conv", "Conv", without_bias)),
    Mistake(
        "conv: no bias in PyTorch", r"\bconv\(", torch_argument("conv", "bias", lambda bias: False)
    ),
    Mistake("conv: bias twice in ONNX", r"\bconv\(", onnx_form("conv", bias_again)),
    Mistake(
        "conv: stride and dilation swapped in ONNX",
        r"conv\(.*(stride|dilation)=.*[23]",
        onnx_form("conv", strides_and_dilations_swapped),
    ),
    Mistake(
        "conv: stride and dilation swapped in PyTorch",
        r"conv\(.*(stride|dilation)=.*[23]",
        method("conv", "pytorch", torch_strides_and_dilations_swapped),
    ),
    Mistake(
        "conv: dilation ignored in the shape",
        "dilation=.*[23]",
        replaced(window, "extent", lambda kernel, dilation: kernel),
    ),
    Mistake("pads before and after swapped in ONNX", r"pad=\[\[", padding_before_and_after_swapped),
    Mistake("pads of axes swapped in PyTorch", r"pad=\[\[", pads_of_axes_swapped),
    Mistake("same_upper as same_lower", "same_upper", same_lower),
    Mistake(
        "conv: pad_mode ignored in PyTorch",
        "pad_mode=(reflect|replicate|circular)",
        torch_argument("conv", "padding_mode", lambda mode: "zeros"),
    ),
    Mistake(
        "conv: circular as reflect in ONNX",
        "pad_mode=circular",
        attribute("conv", "mode", lambda mode: "reflect" if mode == "wrap" else mode),
    ),
    Mistake(
        "conv_transpose: output_pad ignored in ONNX",
        r"output_pad=.*[12]",
        attribute("conv_transpose", "output_padding", lambda pads: (0,) * len(pads)),
    ),
    Mistake(
        "conv_transpose: output_pad cut off at the start",
        r"pad=.*[12].*output_pad=.*[12]",
        attribute(
            "conv_transpose",
            "pads",
            lambda pads: (*pads[len(pads) // 2 :], *pads[: len(pads) // 2]),
        ),
    ),
    Mistake(
        "conv_transpose: output_pad ignored in the shape",
        r"output_pad=.*[12]",
        method("conv_transpose", "infer", resized(lambda size: size - 1)),
    ),
    Mistake(
        "attention: scale left out in ONNX",
        r"attention\(",
        operands("attention", "Mul", lambda found: (found[0], real(1))),
    ),
    Mistake(
        "attention: one head in PyTorch",
        r"attention\([2-9]",
        torch_argument("attention", "heads", lambda heads: 1),
    ),
    # Pools.
    Mistake(
        "avgpool: count_pad inverted in ONNX",
        r"avgpool\(.*pad=",
        attribute("avgpool", "count_include_pad", lambda counted: 1 - counted),
    ),
    Mistake(
        "avgpool: count_pad ignored in PyTorch",
        r"avgpool\([^>]*pad=[^>]*[1-9][^>]*count_pad=false",
        torch_argument("avgpool", "count_include_pad", lambda counted: True),
    ),
    Mistake(
        "ceil ignored in the shape",
        "ceil=true",
        replaced(
            pool,
            "pooled",
            lambda size, kernel, stride, pads, dilation, ceil: window.slide(
                size, kernel, stride, pads, dilation
            ),
        ),
    ),
    Mistake(
        "ceil ignored in ONNX", "ceil=true", replaced(forms.pool, "_pads", lambda args: args["pad"])
    ),
    Mistake(
        "maxpool: padded with zeros in PyTorch",
        r"maxpool\([^>]*pad=(\[\[(?!0, 0)|same_upper)",
        padded_with_zeros,
    ),
    Mistake(
        "gap: the maximum in ONNX", r"\bgap", node_type("gap", "GlobalAveragePool", "GlobalMaxPool")
    ),
    Mistake(
        "gmp: the mean in PyTorch",
        r"\bgmp",
        method(
            "gmp", "pytorch", lambda form, layer: form._replace(cls=form.cls.replace("Max", "Avg"))
        ),
    ),
    # Activations.
    Mistake(
        "leaky_relu: another slope in ONNX",
        "leaky_relu",
        attribute("leaky_relu", "alpha", lambda slope: 0.1),
    ),
    Mistake(
        "leaky_relu: slope left out in PyTorch",
        r"leaky_relu\([^)]*[25]",
        torch_argument("leaky_relu", "negative_slope", lambda slope: 0.01),
    ),
    Mistake(
        "elu: alpha left out in ONNX", r"elu\([01]\.5", attribute("elu", "alpha", lambda alpha: 1.0)
    ),
    Mistake(
        "gelu: never approximated in PyTorch",
        r"gelu\(tanh",
        torch_argument("gelu", "approximate", lambda approximate: "none"),
    ),
    Mistake(
        "gelu: approximated in ONNX",
        "gelu(?!.tanh)",
        attribute("gelu", "approximate", lambda approximate: "tanh"),
    ),
    Mistake(
        "hardsigmoid: ONNX's own factor",
        "hardsigmoid",
        attribute("hardsigmoid", "alpha", lambda alpha: 0.2),
    ),
    Mistake(
        "hardswish: another factor in ONNX",
        "hardswish",
        onnx_form(
            "hardswish",
            lambda form, layer: Node(
                "Mul", (X, Node("HardSigmoid", (X,), {"alpha": 0.2, "beta": 0.5}))
            ),
        ),
    ),
    Mistake(
        "relu6: no upper bound in PyTorch",
        "relu6",
        method("relu6", "pytorch", lambda form, layer: form._replace(cls="nn.ReLU")),
    ),
    Mistake(
        "softmax: over channels in ONNX",
        r"softmax\(([1-9]|-1|[a-z])",
        attribute("softmax", "axis", lambda axis: 1),
    ),
    Mistake(
        "softmax: over another axis in PyTorch",
        "softmax",
        torch_argument("softmax", "dim", lambda dim: max(1, dim - 1) if dim > 1 else 0),
    ),
    Mistake(
        "prelu: one slope in PyTorch",
        "per_channel=true",
        torch_argument("prelu", "num_parameters", lambda count: 1),
    ),
    Mistake("dropout: p left out", r"dropout\(0", torch_argument("dropout", "p", lambda p: 0.5)),
    Mistake("in place on what is read again", "relu|silu|elu", in_place_always),
    # Shapes and resampling.
    Mistake(
        "mean: over the axes before",
        r"\bmean\(",
        onnx_arguments("mean", axes=lambda axes: tuple(axis - 1 for axis in axes)),
    ),
    Mistake(
        "mean: without the last axis in PyTorch",
        r"mean\(\[",
        torch_argument("mean", "dim", lambda dims: dims[:-1] if isinstance(dims, tuple) else dims),
    ),
    Mistake(
        "pad: value ignored in ONNX", "value=[-0]", operands("pad", "Pad", lambda found: found[:2])
    ),
    Mistake(
        "pad: only at the end in the shape",
        r"\bpad\(",
        method("pad", "infer", lambda layer, *args: resized(lambda size: size + 1)(layer)),
    ),
    Mistake(
        "crop: sides swapped in PyTorch",
        r"crop\(\[\[",
        method("crop", "pytorch", cropped_other_way),
    ),
    Mistake(
        "permute: the inverse order in ONNX", r"permute\(", attribute("permute", "perm", inverse)
    ),
    Mistake(
        "upsample: align_corners ignored in ONNX",
        "align_corners=true",
        attribute("upsample", "coordinate_transformation_mode", lambda mode: "half_pixel"),
    ),
    Mistake(
        "upsample: nearest rounds up in ONNX",
        r"upsample\((\d|\[)",
        attribute("upsample", "nearest_mode", lambda mode: "ceil"),
    ),
    Mistake(
        "upsample: another bicubic kernel in ONNX",
        "bicubic",
        attribute("upsample", "cubic_coeff_a", lambda a: -0.5),
    ),
    Mistake(
        "pixel_shuffle: depth first in ONNX",
        r"pixel_shuffle\([23]",
        attribute("pixel_shuffle", "mode", lambda mode: "DCR"),
    ),
    Mistake(
        "channel_shuffle: left out in ONNX",
        r"channel_shuffle\([2-9]",
        onnx_form("channel_shuffle", lambda form, layer: Input()),
    ),
    Mistake(
        "channel_shuffle: groups and channels swapped in PyTorch",
        r"channel_shuffle\([2-9]",
        support("ChannelShuffle", "self.groups, -1", "-1, self.groups"),
    ),
    # Joins, parts, names and figures.
    Mistake(
        "concat: reversed in ONNX",
        "concat",
        operands("concat", "Concat", lambda found: found[::-1]),
    ),
    Mistake("concat: reversed in both", "concat", reversed_concat),
    Mistake(
        "add: the last value left out in ONNX",
        r"\badd \[",
        operands("add", "Add", lambda found: (found[0], found[0])),
    ),
    Mistake("residual: the branch as its own shortcut", "residual {", branch_as_its_own_shortcut),
    Mistake("chunk and split: parts reversed in both", "chunk|split", reversed_parts),
    Mistake(
        "default conv(…) does not reach its special cases", "default conv", defaults_of_conv_alone
    ),
    Mistake("a shared layer has weights of its own in ONNX", SHARED_TWICE, unshared_in_onnx),
    Mistake(
        "conv: MACs times groups",
        "groups=[2-9]",
        method("conv", "macs", lambda macs, layer: macs * layer.args["groups"]),
    ),
    Mistake(
        "linear: MACs with bias",
        r"linear\(",
        method("linear", "macs", lambda macs, layer: macs + layer.weights[-1].count),
    ),
    Mistake(
        "conv_transpose: MACs of the result's positions",
        r"conv_transpose\(",
        method("conv_transpose", "macs", lambda macs, layer: macs * 2),
    ),
    Mistake(
        "gn: parameters without the bias",
        r"gn\(",
        method(
            "gn",
            "infer",
            lambda layer, *args: (
                layer._replace(weights=layer.weights[:1]) if isinstance(layer, Layer) else layer
            ),
        ),
    ),
    Mistake(
        "parameters with running statistics",
        "bn",
        replaced(Layer, "params", property(lambda layer: sum(one.count for one in layer.weights))),
    ),
)
