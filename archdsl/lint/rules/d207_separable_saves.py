"""A dense convolution holds a million weights or more.

A depthwise and a pointwise convolution in its place cost a fraction, usually for a small loss of
accuracy.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(64, 7, stride=2) -> relu -> maxpool
  conv(256) -> relu
  conv(512, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(64, 7, stride=2) -> relu -> maxpool
  conv(256) -> relu
  separable(512, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

A k x k convolution from m to n channels has k*k*m*n weights, the separable one k*k*m + m*n: with
3x3 and many channels about a ninth (Howard et al., "MobileNets", 2017, section 3.1).

Only the largest place of a network is named.

## When to ignore it

Where accuracy counts more than size, or the target runs dense convolutions better.
"""

from collections.abc import Iterator
from math import prod
from typing import cast

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import amount, by_axes
from archdsl.source import Span

LEAST_WEIGHTS = 1_000_000


def check(net: Net) -> Iterator[Finding]:
    widest: dict[Span, int] = {}
    for number, step in enumerate(net.graph.steps):
        if _is_large(step):
            # Of a place that is expanded at several widths, the widest is what counts.
            other = widest.setdefault(step.origin.span, number)
            if _weights(step) > _weights(net.graph.steps[other]):
                widest[step.origin.span] = number
    if not widest:
        return
    number = max(widest.values(), key=lambda each: (_weights(net.graph.steps[each]), -each))
    step = net.graph.steps[number]
    kernel = cast(tuple[int, ...], step.layer.args["kernel"])
    incoming = cast(int, step.layer.inputs[0].channels)
    outgoing = cast(int, step.layer.outputs[0].channels)
    apart = prod(kernel) * incoming + incoming * outgoing
    more = len(widest) - 1
    yield Finding(
        f"{step.path} is a dense {by_axes(kernel)} convolution from {incoming} to {outgoing} "
        f"channels with {amount(_weights(step))} weights: a separable one has {amount(apart)}"
        + (f"; {more} more place{'' if more == 1 else 's'} of over 1M" if more else ""),
        number,
        step.origin.span,
        "write separable where size matters more than the last bit of accuracy",
    )


def _is_large(step: Step) -> bool:
    """Whether a step is a large dense convolution that slides: not one whose windows lie side by
    side (patches), nor one that reads its whole input at once.
    """
    layer = step.layer
    if (
        layer.args.get("stride") == layer.args.get("kernel")
        or layer.outputs[0].spatial == (1,) * layer.outputs[0].rank
    ):
        return False
    return (
        layer.op.name == "conv"
        and step.use_of is None
        and layer.args["groups"] == 1
        and prod(cast(tuple[int, ...], layer.args["kernel"])) > 1
        and _weights(step) >= LEAST_WEIGHTS
    )


def _weights(step: Step) -> int:
    """The weights of a convolution, without its bias."""
    return step.layer.weights[0].count
