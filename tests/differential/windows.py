"""What ops with windows compute, convolutions and pools: a function of inputs and tensors, with the
arguments that the language gives the op and their defaults.
"""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


class Weights(Protocol):
    """The tensors of a layer by name and expected shape."""

    def __call__(self, name: str, *shape: int) -> Tensor: ...


Ints = int | tuple[int, ...]


def of_rank(stem: str, x: Tensor) -> Callable[..., Tensor]:
    """PyTorch's function for data with as many spatial axes as x."""
    found: Callable[..., Tensor] = getattr(F, f"{stem}{x.dim() - 2}d")
    return found


def per_axis(value: Ints, x: Tensor) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * (x.dim() - 2)


def sides(value: Any, x: Tensor) -> list[tuple[int, int]]:
    """Amounts before and after, a pair an axis."""
    amounts = value if isinstance(value, tuple) else (value,) * (x.dim() - 2)
    return [one if isinstance(one, tuple) else (one, one) for one in amounts]


def padding(
    pad: Any, x: Tensor, kernel: Ints, stride: Ints, dilation: Ints
) -> list[tuple[int, int]]:
    """The argument `pad` of windows, words included."""
    if pad == "valid":
        return sides(0, x)
    if not isinstance(pad, str):
        return sides(pad, x)
    found = []
    sizes = (per_axis(one, x) for one in (kernel, stride, dilation))
    for n, k, s, d in zip(x.shape[2:], *sizes, strict=True):
        span = d * (k - 1) + 1
        if pad == "same":
            assert (span - 1) % 2 == 0
            found.append(((span - 1) // 2, (span - 1) // 2))
        else:
            total = max((-(-n // s) - 1) * s + span - n, 0)
            found.append((total // 2, (total + 1) // 2))
    return found


def bordered(x: Tensor, pads: list[tuple[int, int]], mode: str, value: float = 0.0) -> Tensor:
    """The map within a border; F.pad counts from the last axis."""
    flat = [amount for pair in reversed(pads) for amount in pair]
    if mode == "zeros":
        return F.pad(x, flat, value=value)
    return F.pad(x, flat, mode=str(mode)) if any(flat) else x


# --- convolutions ---------------------------------------------------------------------------------


def conv(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    channels: int,
    kernel: Ints = 3,
    stride: Ints = 1,
    pad: Any = "same",
    dilation: Ints = 1,
    groups: int = 1,
    bias: bool = True,
    pad_mode: str = "zeros",
) -> Tensor:
    (x,) = inputs
    weight = weights("weight", channels, x.shape[1] // groups, *per_axis(kernel, x))
    shift = weights("bias", channels) if bias else None
    x = bordered(x, padding(pad, x, kernel, stride, dilation), pad_mode)
    return of_rank("conv", x)(x, weight, shift, stride, 0, dilation, groups)


def depthwise(
    inputs: list[Tensor], weights: Weights, training: bool, multiplier: int = 1, **args: Any
) -> Tensor:
    groups = inputs[0].shape[1]
    return conv(inputs, weights, training, groups * multiplier, groups=groups, **args)


def pointwise(
    inputs: list[Tensor], weights: Weights, training: bool, channels: int, **args: Any
) -> Tensor:
    return conv(inputs, weights, training, channels, kernel=1, pad=0, **args)


def conv_transpose(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    channels: int,
    kernel: Ints,
    stride: Ints = 1,
    pad: Ints = 0,
    output_pad: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
    bias: bool = True,
) -> Tensor:
    (x,) = inputs
    weight = weights("weight", x.shape[1], channels // groups, *per_axis(kernel, x))
    shift = weights("bias", channels) if bias else None
    function = of_rank("conv_transpose", x)
    return function(x, weight, shift, stride, pad, output_pad, groups, dilation)


# --- pools ----------------------------------------------------------------------------------------


def _half(pads: list[tuple[int, int]], kernel: Ints, x: Tensor) -> list[int] | None:
    """The padding an axis where PyTorch's pools have it: alike on both sides, half the kernel."""
    alike = all(
        before == after <= size // 2
        for (before, after), size in zip(pads, per_axis(kernel, x), strict=True)
    )
    return [before for before, _ in pads] if alike else None


def maxpool(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    kernel: Ints = 2,
    stride: Ints | None = None,
    pad: Any = 0,
    dilation: Ints = 1,
    ceil: bool = False,
) -> Tensor:
    (x,) = inputs
    stride = kernel if stride is None else stride
    pads = padding(pad, x, kernel, stride, dilation)
    half = _half(pads, kernel, x)
    if half is None:
        x, half = bordered(x, pads, "zeros", float("-inf")), [0] * len(pads)
    return of_rank("max_pool", x)(x, kernel, stride, half, dilation, ceil)


def avgpool(
    inputs: list[Tensor],
    weights: Weights,
    training: bool,
    kernel: Ints = 2,
    stride: Ints | None = None,
    pad: Any = 0,
    ceil: bool = False,
    count_pad: bool = True,
) -> Tensor:
    (x,) = inputs
    stride = kernel if stride is None else stride
    pads = padding(pad, x, kernel, stride, 1)
    half = _half(pads, kernel, x)
    function = of_rank("avg_pool", x)
    if half is not None:
        return function(x, kernel, stride, half, ceil, count_pad)
    means = function(bordered(x, pads, "zeros"), kernel, stride)
    if count_pad:
        return means
    return means / function(bordered(torch.ones_like(x), pads, "zeros"), kernel, stride)


def adaptive(kind: str) -> Callable[..., Tensor]:
    def pool(inputs: list[Tensor], weights: Weights, training: bool, size: Ints) -> Tensor:
        return of_rank(f"adaptive_{kind}_pool", inputs[0])(inputs[0], size)

    return pool


def gap(inputs: list[Tensor], weights: Weights, training: bool) -> Tensor:
    return inputs[0].mean(tuple(range(2, inputs[0].dim())), keepdim=True)


def gmp(inputs: list[Tensor], weights: Weights, training: bool) -> Tensor:
    return inputs[0].amax(tuple(range(2, inputs[0].dim())), keepdim=True)
