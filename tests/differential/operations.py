"""What each op computes: a function of its inputs and tensors, with the arguments that the language
gives it and their defaults.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from tests.differential.windows import (
    Weights,
    adaptive,
    avgpool,
    bordered,
    conv,
    conv_transpose,
    depthwise,
    gap,
    gmp,
    maxpool,
    per_axis,
    pointwise,
    sides,
)
from tests.ops.draws import AXIS_WORDS


def axis_of(axis: Any, x: Tensor) -> int:
    """The dimension of an axis; the batch is dimension 0."""
    if isinstance(axis, str):
        return 1 + AXIS_WORDS[x.dim() - 2].index(axis)
    found: int = axis % (x.dim() - 1) + 1
    return found


# --- linear layers and attention ------------------------------------------------------------------


def linear(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    features: int,
    bias: bool = True,
    axis: str | None = None,
) -> Tensor:
    (x,) = inputs
    shift = weights("bias", features) if bias else None
    weight = weights("weight", features, x.shape[1])
    return F.linear(x.movedim(1, -1), weight, shift).movedim(-1, 1)


def attention(inputs: list[Tensor], weights: Weights, training: bool, heads: int) -> Tensor:
    (x,) = inputs
    batch, channels = x.shape[:2]
    tokens = x.flatten(2).transpose(1, 2)
    stacked = F.linear(
        tokens,
        weights("in_proj_weight", 3 * channels, channels),
        weights("in_proj_bias", 3 * channels),
    )
    query, key, value = (
        part.reshape(batch, -1, heads, channels // heads).transpose(1, 2)
        for part in stacked.split(channels, dim=2)
    )
    scores = query @ key.transpose(2, 3) / sqrt(channels // heads)
    mixed = (scores.softmax(3) @ value).transpose(1, 2).reshape(batch, -1, channels)
    out = F.linear(
        mixed, weights("out_proj.weight", channels, channels), weights("out_proj.bias", channels)
    )
    return out.transpose(1, 2).reshape(x.shape)


# --- norms ----------------------------------------------------------------------------------------


def bn(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    eps: float = 1e-5,
    momentum: float | None = 0.1,
    affine: bool = True,
) -> Tensor:
    (x,) = inputs
    channels = x.shape[1]
    scale = weights("weight", channels) if affine else None
    shift = weights("bias", channels) if affine else None
    mean, var = weights("running_mean", channels), weights("running_var", channels)
    batches = weights("num_batches_tracked")
    if training:
        batches += 1
        momentum = 1 / int(batches) if momentum is None else momentum
    return F.batch_norm(x, mean, var, scale, shift, training, momentum or 0.0, eps)


def gn(
    inputs: list[Tensor], weights: Weights, training: bool, groups: int, eps: float = 1e-5
) -> Tensor:
    channels = inputs[0].shape[1]
    scale, shift = weights("weight", channels), weights("bias", channels)
    return F.group_norm(inputs[0], groups, scale, shift, eps)


def instance_norm(
    inputs: list[Tensor], weights: Weights, training: bool, eps: float = 1e-5
) -> Tensor:
    return F.instance_norm(inputs[0], eps=eps)


def ln(inputs: list[Tensor], weights: Weights, training: bool, eps: float = 1e-6) -> Tensor:
    channels = inputs[0].shape[1]
    scale, shift = weights("weight", channels), weights("bias", channels)
    moved = inputs[0].movedim(1, -1)
    return F.layer_norm(moved, (channels,), scale, shift, eps).movedim(-1, 1)


def lrn(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    size: int = 5,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
) -> Tensor:
    return F.local_response_norm(inputs[0].contiguous(), size, alpha, beta, k)


def scale(inputs: list[Tensor], weights: Weights, training: bool, init: float = 1.0) -> Tensor:
    (x,) = inputs
    return x * weights("", x.shape[1], *(1,) * (x.dim() - 2))


# --- activations and dropout ----------------------------------------------------------------------


def plain(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda inputs, weights, training: function(inputs[0])


def leaky_relu(
    inputs: list[Tensor], weights: Weights, training: bool, slope: float = 0.01
) -> Tensor:
    return F.leaky_relu(inputs[0], slope)


def prelu(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    init: float = 0.25,
    per_channel: bool = False,
) -> Tensor:
    (x,) = inputs
    return F.prelu(x, weights("weight", x.shape[1] if per_channel else 1))


def elu(inputs: list[Tensor], weights: Weights, training: bool, alpha: float = 1.0) -> Tensor:
    return F.elu(inputs[0], alpha)


def gelu(
    inputs: list[Tensor], weights: Weights, training: bool, approximate: str | None = None
) -> Tensor:
    return F.gelu(inputs[0], approximate=str(approximate or "none"))


def softmax(
    inputs: list[Tensor], weights: Weights, training: bool, axis: Any = "channels"
) -> Tensor:
    return inputs[0].softmax(axis_of(axis, inputs[0]))


def log_softmax(
    inputs: list[Tensor], weights: Weights, training: bool, axis: Any = "channels"
) -> Tensor:
    return inputs[0].log_softmax(axis_of(axis, inputs[0]))


def kept(inputs: list[Tensor], weights: Weights, training: bool, p: float = 0.0) -> Tensor:
    """Dropout of any kind, with nothing dropped."""
    return inputs[0]


# --- shapes ---------------------------------------------------------------------------------------


def reshape(inputs: list[Tensor], weights: Weights, training: bool, shape: Any) -> Tensor:
    (x,) = inputs
    return torch.stack([sample.reshape(shape) for sample in x])


def permute(inputs: list[Tensor], weights: Weights, training: bool, order: Any) -> Tensor:
    (x,) = inputs
    axes = order if isinstance(order, tuple) else (order,)
    return x.permute(0, *(axis_of(axis, x) for axis in axes))


def pad(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    sizes: Any,
    mode: str = "zeros",
    value: float = 0.0,
) -> Tensor:
    return bordered(inputs[0], sides(sizes, inputs[0]), mode, value)


def crop(inputs: list[Tensor], weights: Weights, training: bool, sizes: Any) -> Tensor:
    (x,) = inputs
    for dim, (before, after) in enumerate(sides(sizes, x), 2):
        x = x.narrow(dim, before, x.shape[dim] - before - after)
    return x


def slice_(
    inputs: list[Tensor], weights: Weights, training: bool, axis: Any, start: int, stop: int | None
) -> Tensor:
    (x,) = inputs
    dim = axis_of(axis, x)
    positions = range(x.shape[dim])[start:stop]
    return x.narrow(dim, positions[0], len(positions))


def mean(inputs: list[Tensor], weights: Weights, training: bool, axes: Any) -> Tensor:
    (x,) = inputs
    named = axes if isinstance(axes, tuple) else (axes,)
    return x.mean([axis_of(axis, x) for axis in named])


def chunk(
    inputs: list[Tensor], weights: Weights, training: bool, n: int, axis: Any = "channels"
) -> tuple[Tensor, ...]:
    (x,) = inputs
    dim = axis_of(axis, x)
    return x.split(x.shape[dim] // n, dim)


def split(
    inputs: list[Tensor], weights: Weights, training: bool, sizes: Any, axis: Any = "channels"
) -> tuple[Tensor, ...]:
    (x,) = inputs
    return x.split(list(sizes), axis_of(axis, x))


# --- resampling and merges ------------------------------------------------------------------------


def upsample(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    scale: Any = 2,
    size: Any = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> Tensor:
    (x,) = inputs
    sizes = [n * k for n, k in zip(x.shape[2:], per_axis(scale, x), strict=True)]
    wanted = sizes if size is None else list(per_axis(size, x))
    corners = None if mode == "nearest" else align_corners
    return F.interpolate(x, wanted, mode=str(mode), align_corners=corners)


def pixel_shuffle(inputs: list[Tensor], weights: Weights, training: bool, factor: int) -> Tensor:
    return F.pixel_shuffle(inputs[0], factor)


def pixel_unshuffle(inputs: list[Tensor], weights: Weights, training: bool, factor: int) -> Tensor:
    return F.pixel_unshuffle(inputs[0], factor)


def channel_shuffle(inputs: list[Tensor], weights: Weights, training: bool, groups: int) -> Tensor:
    (x,) = inputs
    per_group = x.shape[1] // groups
    order = [group * per_group + place for place in range(per_group) for group in range(groups)]
    return x[:, order]


def add(inputs: list[Tensor], weights: Weights, training: bool) -> Tensor:
    total = inputs[0]
    for other in inputs[1:]:
        total = total + other
    return total


def mul(inputs: list[Tensor], weights: Weights, training: bool) -> Tensor:
    total = inputs[0]
    for other in inputs[1:]:
        total = total * other
    return total


def concat(
    inputs: list[Tensor], weights: Weights, training: bool, axis: Any = "channels"
) -> Tensor:
    return torch.cat(inputs, axis_of(axis, inputs[0]))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "conv": conv,
    "depthwise": depthwise,
    "pointwise": pointwise,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "attention": attention,
    "maxpool": maxpool,
    "avgpool": avgpool,
    "adaptive_avgpool": adaptive("avg"),
    "adaptive_maxpool": adaptive("max"),
    "gap": gap,
    "gmp": gmp,
    "bn": bn,
    "gn": gn,
    "instance_norm": instance_norm,
    "ln": ln,
    "lrn": lrn,
    "scale": scale,
    "relu": plain(lambda x: x.clamp(min=0)),
    "relu6": plain(lambda x: x.clamp(0, 6)),
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "elu": elu,
    "selu": plain(F.selu),
    "gelu": gelu,
    "silu": plain(lambda x: x * x.sigmoid()),
    "mish": plain(lambda x: x * F.softplus(x).tanh()),
    "hardswish": plain(lambda x: x * (x + 3).clamp(0, 6) / 6),
    "hardsigmoid": plain(lambda x: (x + 3).clamp(0, 6) / 6),
    "sigmoid": plain(torch.sigmoid),
    "tanh": plain(torch.tanh),
    "softplus": plain(F.softplus),
    "softmax": softmax,
    "log_softmax": log_softmax,
    "dropout": kept,
    "dropout2d": kept,
    "droppath": kept,
    "identity": plain(lambda x: x),
    "flatten": plain(lambda x: x.flatten(1)),
    "reshape": reshape,
    "permute": permute,
    "pad": pad,
    "crop": crop,
    "slice": slice_,
    "mean": mean,
    "chunk": chunk,
    "split": split,
    "upsample": upsample,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
    "add": add,
    "mul": mul,
    "concat": concat,
}
