"""Two convolutions or linear layers stand one behind the other with no activation between.

What is linear in its input stays linear: the two are one layer with a larger kernel, and cost more
than it. Norms, dropout and flatten between them change nothing of that.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2)
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

Layers that are split on purpose stay unnoticed: a middle narrower than both ends saves weights, and
so do depthwise convolutions and kernels of one axis each.

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, [1, 5]) -> conv(16, [5, 1]) -> relu -> maxpool
  separable(32) -> relu -> maxpool
  conv(64) -> relu
  conv(16, 1) -> conv(128, 1) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Depth helps because of the activations between layers (Nair and Hinton, "Rectified Linear Units
Improve Restricted Boltzmann Machines", 2010). Simonyan and Zisserman, "Very Deep Convolutional
Networks", 2014, name the activations between two 3x3 layers as what they have over one of 5x5.

## When to ignore it

Where a linear pair is trained to be merged later, or its implicit regularisation is wanted.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from archdsl.diagnostics import Related
from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import ACTIVATIONS, NORMS, PASSIVE, Net
from archdsl.lint.wording import by_axes

BETWEEN = PASSIVE | NORMS | {"flatten"}


def check(net: Net) -> Iterator[Finding]:
    together: dict[tuple[int, int], bool] = {}
    for first in net.graph.steps:
        if not _mixes(first):
            continue
        second = net.taker(first, BETWEEN)
        if second is None or not _mixes(second) or _interpolates(first, second):
            continue
        # All uses of a shared layer have one answer.
        layers = (net.owner(first), net.owner(second))
        if layers not in together:
            together[layers] = _always_together(net, first, second)
        # Merged, the others could not be shared.
        if not together[layers] or _meant(net, first, second):
            continue
        # A norm in evaluation is linear; in training its statistics are not.
        aside = "" if net.taker(first, BETWEEN - NORMS) is second else ", the norm aside,"
        yield Finding(
            f"no activation stands between {first.path} and {second.path}: together they are"
            f"{aside} {_merged(first, second)}",
            net.number(second),
            second.origin.span,
            f"write an activation behind {first.path}, or one layer in place of the two",
            related=(Related(f"{first.path} is here", first.origin.span),)
            if first.origin.span != second.origin.span
            else (),
        )


def _mixes(step: Step) -> bool:
    """Whether a step is a dense convolution or linear layer."""
    groups = step.layer.args.get("groups", 1)
    return step.layer.op.name in ("conv", "pointwise", "linear", "conv_transpose") and groups == 1


def _interpolates(first: Step, second: Step) -> bool:
    """Whether scores are enlarged, as fully convolutional networks do (Long et al., 2014)."""
    return second.layer.op.name == "conv_transpose" != first.layer.op.name


def _meant(net: Net, first: Step, second: Step) -> bool:
    """Whether a linear pair has its use: fewer weights, or another scale for a shortcut."""
    widths = _widths(net, first, second)
    if widths is None or widths[1] < min(widths[0], widths[2]):
        return True
    one, other = _kernel(first), _kernel(second)
    along = [{axis for axis, size in enumerate(kernel) if size > 1} for kernel in (one, other)]
    if all(along) and along[0].isdisjoint(along[1]):
        return True
    # The linear bottleneck of an inverted residual that expands by 1.
    narrows = widths[0] >= widths[1] < widths[2]
    return narrows and not any(along) and _reads_depthwise(net, first)


def _always_together(net: Net, first: Step, second: Step) -> bool:
    """Whether every use of one layer, where it is shared, leads to one of the other."""
    uses, behind = net.uses(first), set(map(id, net.uses(second)))
    return len(uses) == len(behind) and all(id(net.taker(use, BETWEEN)) in behind for use in uses)


def _reads_depthwise(net: Net, step: Step) -> bool:
    """Whether a step reads a depthwise convolution, perhaps by way of a gate."""
    pending = list(step.inputs)
    while pending:
        before = net.maker(pending.pop(), PASSIVE | NORMS | ACTIVATIONS)
        if before is not None and before.layer.op.name == "mul":
            pending += before.inputs
        elif before is not None and before.layer.args.get("groups", 1) != 1:
            return True
    return False


def _widths(net: Net, first: Step, second: Step) -> tuple[int, int, int] | None:
    """How many numbers go in, lie between and come out: channels, or all where it is flattened."""
    flattened = first.layer.outputs[0].rank != second.layer.inputs[0].rank
    found = []
    for value in (first.inputs[0], first.outputs[0], second.outputs[0]):
        count = net.analysis.elements(value) if flattened else net.graph.types[value].channels
        if not isinstance(count, int):
            return None
        found.append(count)
    return found[0], found[1], found[2]


def _kernel(step: Step) -> tuple[int, ...]:
    args: Mapping[str, Any] = step.layer.args
    kernel: tuple[int, ...] = args.get("kernel", (1,) * step.layer.inputs[0].rank)
    return kernel


def _merged(first: Step, second: Step) -> str:
    """The one layer that does the same."""
    incoming, outgoing = first.layer.inputs[0].channels, second.layer.outputs[0].channels
    one, other = _kernel(first), _kernel(second)
    if len(one) != len(other) or not one:
        return f"one linear map to {outgoing} features"
    if first.layer.op.name == "conv_transpose":
        return f"one linear map from {incoming} to {outgoing} channels"
    ones = (1,) * len(one)
    args: Mapping[str, Any] = first.layer.args
    behind: Mapping[str, Any] = second.layer.args
    merged = [
        d * (k - 1) + 1 + (k2 - 1) * d2 * s
        for k, d, s, k2, d2 in zip(
            one,
            args.get("dilation", ones),
            args.get("stride", ones),
            other,
            behind.get("dilation", ones),
            strict=True,
        )
    ]
    return f"one {by_axes(merged)} convolution from {incoming} to {outgoing} channels"
