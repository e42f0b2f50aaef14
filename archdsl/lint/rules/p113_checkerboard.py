"""The kernel of a transposed convolution is no multiple of its stride.

Each input position writes a kernel's worth of results, one stride apart from the next. Where the
stride does not divide the kernel, some results are written by more inputs than their neighbours: a
checkerboard pattern that training can hardly remove.

## Example

```arch findings=1
network Net {
  input map: tensor[64, 7, 7]
  conv_transpose(32, 3, stride=2, pad=1, output_pad=1) -> relu
  image = conv_transpose(1, 4, stride=2, pad=1)
}
```

## Instead

```arch
network Net {
  input map: tensor[64, 7, 7]
  conv_transpose(32, 4, stride=2, pad=1) -> relu
  image = conv_transpose(1, 4, stride=2, pad=1)
}
```

Or by interpolation and a convolution: `upsample(2) -> conv(32)`.

## Why

Odena et al., "Deconvolution and Checkerboard Artifacts", Distill 2016.

## When to ignore it

Where a published checkpoint has the layer, or later layers smooth it at full resolution.
"""

from collections.abc import Iterator, Mapping
from math import gcd
from typing import Any

from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import by_axes


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.name != "conv_transpose":
            continue
        args: Mapping[str, Any] = step.layer.args
        sizes = net.shape(step.inputs[0]) or ()
        written = [
            _writers(*along)
            for along in zip(args["kernel"], args["stride"], args["dilation"], strict=True)
        ]
        uneven = [
            counts
            for counts, size in zip(written, sizes[1:], strict=True)
            if size > 1 and len(counts) > 1
        ]
        if not uneven:
            continue
        kernel, stride = args["kernel"], args["stride"]
        yield Finding(
            f"the kernel {by_axes(kernel)} of {step.path} is no multiple of its stride "
            f"{by_axes(stride)}: along an axis some results are written by {min(uneven[0])}, "
            f"others by {max(uneven[0])} input positions",
            number,
            net.argument(step, "kernel"),
            _advice(args),
        )


def _writers(kernel: int, stride: int, dilation: int) -> set[int]:
    """How many inputs write a result: the numbers that there are among the phases of the stride."""
    reached = stride // gcd(stride, dilation)  # phases that the elements of the kernel go through
    rounds, more = divmod(kernel, reached)
    counts = {rounds} if not more else {rounds, rounds + 1}
    return counts if reached == stride else counts | {0}


def _advice(args: Mapping[str, Any]) -> str:
    """The next larger kernel, with the padding that keeps the size where there is one."""
    kernel = [-(-k // s) * s for k, s in zip(args["kernel"], args["stride"], strict=True)]
    sizes = zip(kernel, args["kernel"], args["pad"], args["output_pad"], strict=True)
    # (n - 1)*s + k - 2*pad + output_pad stays as it is.
    spare = [new - old - extra + 2 * pad for new, old, pad, extra in sizes]
    if max(args["dilation"]) > 1 or any(one % 2 or one < 0 for one in spare):
        return f"write a kernel of {by_axes(kernel)}, or upsample and a convolution"
    pads = [one // 2 for one in spare]
    pad = str(pads[0]) if len(set(pads)) == 1 else str(pads)
    without = ", without output_pad," if max(args["output_pad"]) else ""
    return f"a kernel of {by_axes(kernel)} with pad={pad}{without} gives the same size"
