"""Convolutions: conv, depthwise, pointwise, separable and conv_transpose."""

from collections.abc import Mapping
from math import gcd, isqrt, prod, sqrt

from archdsl.annotations import Any, cast
from archdsl.ops.base import (
    REQUIRED,
    Initialiser,
    Layer,
    Op,
    Parameter,
    Part,
    Problem,
    Reach,
    Requirement,
    TorchArg,
    TorchForm,
    TorchModule,
    Weight,
    factors,
    number,
)
from archdsl.ops.kinds import Bool, Int, PerAxis, Sides, Word
from archdsl.ops.window import (
    Pads,
    at_least,
    axis_arg,
    axis_name,
    extent,
    known_channels,
    needs_map,
    per_axis,
    resolve_pad,
    slide,
    slide_lines,
    symmetric,
    torch_pads,
    underflow,
    windows,
)
from archdsl.types import Dim, TensorType, product

PAD_WORDS = ("same", "valid", "same_upper")

CHANNELS = Parameter("channels", Int(1), REQUIRED, "output channels")
KERNEL = Parameter("kernel", PerAxis(1), 3, "size of the kernel")
STRIDE = Parameter("stride", PerAxis(1), 1, "step between output positions")
PAD = Parameter(
    "pad",
    Sides(PAD_WORDS),
    "same",
    "padding: an amount, one an axis, a pair an axis, or same, valid or same_upper",
)
DILATION = Parameter("dilation", PerAxis(1), 1, "distance between the kernel's elements")
GROUPS = Parameter("groups", Int(1), 1, "groups of channels that are convolved separately")
BIAS = Parameter("bias", Bool(), True, "whether a bias is learned")
PAD_MODE = Parameter(
    "pad_mode",
    Word("zeros", "reflect", "replicate", "circular"),
    "zeros",
    "what the padding is filled with",
)


def default_weights(shape: tuple[int, ...], fan_in: int, bias: int | None) -> tuple[Weight, ...]:
    """Weight and bias with PyTorch's default for convolutions and linear layers.

    `kaiming_uniform_(a=sqrt(5))` (He et al., 2015) is uniform within 1 / sqrt(fan_in), the bound
    that the bias has as well.
    """
    bound = Initialiser._make(("uniform", 1 / sqrt(fan_in)))
    weight = Weight._make(("weight", shape, bound, True))
    return (weight,) if bias is None else (weight, Weight("bias", (bias,), bound))


MOST_TRIED = 10_000
"""Numbers that are tried as divisors."""


def divisors_near(numbers: tuple[int, ...], wanted: int) -> list[int]:
    """The common divisors next to `wanted`, at most two below and two above.

    Of numbers past 10^8, those alone that are small, or a small part of all.
    """
    common = gcd(*numbers)
    divisors = {
        d
        for root in range(1, min(isqrt(common), MOST_TRIED) + 1)
        if common % root == 0
        for d in (root, common // root)
    }
    below = sorted(d for d in divisors if d < wanted)[-2:]
    above = sorted(d for d in divisors if d > wanted)[:2]
    return below + above


def groups_problem(op: str, groups: int, inputs: TensorType, channels: int) -> Problem | None:
    """The problem of groups that do not divide the input's or the output's channels."""
    incoming = cast(int, inputs.channels)
    if incoming % groups == 0 and channels % groups == 0:
        return None
    fault, count = ("input", incoming) if incoming % groups else ("output", channels)
    near = ", ".join(map(str, divisors_near((incoming, channels), groups)))
    both = f"both {incoming} and {channels}" if incoming != channels else f"{incoming}"
    return Problem(
        "E304",
        f"{op} on {inputs} cannot split its {count} {fault} channels into {groups} groups",
        f"groups must divide {both}; nearby: {near}",
        "groups",
    )


class Conv(Op):
    """The convolution, and the base of its special cases: `settings` gives conv's parameters."""

    name = "conv"
    parameters: tuple[Parameter, ...] = (
        CHANNELS,
        KERNEL,
        STRIDE,
        PAD,
        DILATION,
        GROUPS,
        BIAS,
        PAD_MODE,
    )
    doc = "Convolution over one, two or three spatial axes."
    family = "conv"
    dense = True

    def settings(self, args: Mapping[str, object], channels: int) -> Mapping[str, object]:
        """Conv's parameters that this special case fixes, for an input of so many channels."""
        return {}

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source) or known_channels(self.name, source)
        if problem:
            return problem
        incoming: Any = source.channels
        settings: dict[str, Any] = {**args, **self.settings(args, incoming)}
        channels, groups = settings["channels"], settings["groups"]
        axes = per_axis(self.name, settings, source, ("kernel", "stride", "dilation"))
        if isinstance(axes, Problem):
            return axes
        kernel, stride, dilation = axes["kernel"], axes["stride"], axes["dilation"]
        pads = resolve_pad(self.name, settings["pad"], source, kernel, stride, dilation)
        if isinstance(pads, Problem):
            return pads
        problem = groups_problem(self.name, groups, source, channels)
        if problem:
            return problem
        requirements = self._requirements(source, kernel, pads, dilation, settings["pad_mode"])
        if isinstance(requirements, Problem):
            return requirements
        spatial = map(slide, source.spatial, kernel, stride, pads, dilation)
        shape = (channels, incoming // groups, *kernel)
        bias = channels if settings["bias"] else None
        settings.update(axes, pad=pads)
        outputs = (TensorType._make(((channels, *spatial),)),)
        weights = default_weights(shape, prod(shape[1:]), bias)
        return Layer._make((self, settings, inputs, outputs, weights, requirements, 0))

    def _requirements(
        self,
        source: TensorType,
        kernel: tuple[int, ...],
        pads: Pads,
        dilation: tuple[int, ...],
        mode: object,
    ) -> tuple[Requirement, ...] | Problem:
        found = []
        for axis, size in enumerate(source.spatial):
            fits = at_least(size, extent(kernel[axis], dilation[axis]) - sum(pads[axis]))
            if fits is False:
                return underflow(self.name, source, axis, kernel[axis], pads[axis], dilation[axis])
            if isinstance(fits, Requirement):
                found.append(fits)
            if mode == "zeros":
                continue
            filled = border_fits(self.name, "pad", source, axis, pads[axis], mode)
            if isinstance(filled, Problem):
                return filled
            if filled is not None:
                found.append(filled)
        return tuple(found)

    def macs(self, layer: Layer) -> Dim:
        weight = layer.weights[0]
        return product(layer.outputs[0].spatial) * weight.count

    def reach(self, layer: Layer) -> Reach:
        return windows(*_geometry(layer))

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        channels = f"channels: {layer.outputs[0].channels}"
        return (channels, *slide_lines(layer.inputs[0], layer.outputs[0], *_geometry(layer)))

    def macs_lines(self, layer: Layer) -> tuple[str, ...]:
        positions = factors(layer.outputs[0].spatial)
        channels, *window = layer.weights[0].shape
        products = f"{positions} positions * {channels} channels * ({factors(window)})"
        return (f"macs: {products} = {number(layer.macs)}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        args: Mapping[str, Any] = layer.args
        rank = layer.inputs[0].rank
        one_number = symmetric(args["pad"])
        padding = (
            TorchArg("pads", torch_pads(args["pad"]))
            if one_number is None
            else axis_arg("padding", one_number, 0)
        )
        return TorchModule(
            f"nn.Conv{rank}d" if one_number is not None else f"PaddedConv{rank}d",
            (
                TorchArg("in_channels", layer.inputs[0].channels, keyword=False),
                TorchArg("out_channels", args["channels"], keyword=False),
                axis_arg("kernel_size", args["kernel"], REQUIRED),
                axis_arg("stride", args["stride"], 1),
                padding,
                axis_arg("dilation", args["dilation"], 1),
                TorchArg("groups", args["groups"], 1),
                TorchArg("bias", args["bias"], True),
                TorchArg("padding_mode", args["pad_mode"], "zeros"),
            ),
            support=one_number is None,
        )


def border_fits(
    op: str,
    parameter: str,
    source: TensorType,
    axis: int,
    pads: tuple[int, int],
    mode: object,
) -> Requirement | Problem | None:
    """What reflected or repeated padding asks of a size: to be larger than the border it copies."""
    if mode not in ("reflect", "circular"):
        return None
    least = max(pads) + (mode == "reflect")
    size = source.spatial[axis]
    fits = at_least(size, least)
    if fits is False:
        return Problem(
            "E303",
            f"{op} cannot fill a border of {max(pads)} by {mode} from the "
            f"{axis_name(source.rank, axis)} {size} of its input {source}",
            f"{mode} needs a size of at least {least}: pad less, or fill with zeros",
            parameter,
        )
    return fits if isinstance(fits, Requirement) else None


def _geometry(
    layer: Layer,
) -> tuple[tuple[int, ...], tuple[int, ...], Pads, tuple[int, ...]]:
    args: Mapping[str, Any] = layer.args
    return args["kernel"], args["stride"], args["pad"], args["dilation"]


class Depthwise(Conv):
    """A convolution of every channel by itself; its layers hold conv's parameters as well."""

    name = "depthwise"
    doc = "Depthwise convolution: every channel by itself."
    parameters = (
        KERNEL,
        STRIDE,
        PAD,
        DILATION,
        Parameter("multiplier", Int(1), 1, "output channels for each input channel"),
        BIAS,
    )

    def settings(self, args: Mapping[str, object], channels: int) -> Mapping[str, object]:
        multiplied = channels * cast(int, args["multiplier"])
        return {"channels": multiplied, "groups": channels, "pad_mode": "zeros"}


class Pointwise(Conv):
    """A 1x1 convolution; its layers hold conv's parameters as well."""

    name = "pointwise"
    doc = "Pointwise convolution: a kernel of 1."
    parameters = (CHANNELS, STRIDE, GROUPS, BIAS)

    def settings(self, args: Mapping[str, object], channels: int) -> Mapping[str, object]:
        return {"kernel": 1, "pad": 0, "dilation": 1, "pad_mode": "zeros"}


class Separable(Op):
    """A depthwise convolution and a pointwise one (Sifre, 2014; Chollet, 2017)."""

    name = "separable"
    doc = "Depthwise separable convolution: a depthwise and a pointwise one."
    family = "conv"
    parameters = (CHANNELS, KERNEL, STRIDE, PAD, DILATION, BIAS)
    composite = True

    def parts(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> tuple[Part, ...]:
        spatial = {name: args[name] for name in ("kernel", "stride", "pad", "dilation", "bias")}
        return (
            Part("depthwise", "depthwise", {**spatial, "multiplier": 1}),
            Part(
                "pointwise",
                "pointwise",
                {"channels": args["channels"], "stride": 1, "groups": 1, "bias": args["bias"]},
            ),
        )


OPS: tuple[Op, ...] = (Conv(), Depthwise(), Pointwise(), Separable())
