"""A dense convolution has a kernel of 5 or more outside the stem.

Several 3x3 layers one behind the other see as much, with fewer weights and an activation between
each two of them. In the stem, before the map is down to a quarter, channels are few and large
kernels cheap.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(128, 7, stride=2) -> relu -> maxpool
  conv(128, 5) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(128, 7, stride=2) -> relu -> maxpool
  conv(128) -> relu -> conv(128) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014,
section 2.3: three 3x3 layers have the field of one of 7x7 and 55 % of its weights. Szegedy et al.,
"Rethinking the Inception Architecture", 2015, replace their own 5x5 by two of 3x3.

## When to ignore it

Where a paper's network is reproduced, or the kernel is the point: a depthwise one costs little.
"""

from collections.abc import Iterator
from math import prod
from typing import cast

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import amount, by_axes

LEAST_KERNEL = 5
STEM_STRIDE = 4
"""What comes before the map is down to a quarter of the input is the stem."""


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.name != "conv" or step.use_of is not None or _in_stem(net, step):
            continue
        kernel = cast(tuple[int, ...], step.layer.args["kernel"])
        dilation = cast(tuple[int, ...], step.layer.args["dilation"])
        if min(kernel) < LEAST_KERNEL or max(dilation) > 1 or step.layer.args["groups"] != 1:
            continue
        along = net.slides(step)
        own, stack, layers = _costs(step, kernel)
        # A kernel as large as the map is a linear layer.
        if stack >= own or (along is not None and all(one.covers for one in along)):
            continue
        yield Finding(
            f"{step.path} is a dense {by_axes(kernel)} convolution of {amount(own)} weights: "
            f"{layers} of {by_axes((3,) * len(kernel))} see as much with {amount(stack)}",
            number,
            net.argument(step, "kernel"),
            f"write {layers} convolutions of 3 with an activation between them",
        )


def _in_stem(net: Net, step: Step) -> bool:
    """Whether the map is larger than a quarter, or nothing is known of its scale."""
    stride = net.analysis.field_stride(step.inputs[0])
    strides = stride if isinstance(stride, tuple) else (stride,)
    return any(one is None or one < STEM_STRIDE for one in strides)


def _costs(step: Step, kernel: tuple[int, ...]) -> tuple[int, int, int]:
    """The weights of a kernel and of the stack of 3x3 layers that sees as much; how many those
    are.
    """
    incoming = cast(int, step.layer.inputs[0].channels)
    outgoing = cast(int, step.layer.outputs[0].channels)
    layers = max(size // 2 for size in kernel)
    small = 3 ** len(kernel)
    stack = small * incoming * outgoing + (layers - 1) * small * outgoing * outgoing
    return prod(kernel) * incoming * outgoing, stack, layers
