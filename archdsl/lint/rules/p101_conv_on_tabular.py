"""A convolution or pool slides over the columns of a table.

A convolution shares its weights among all positions and joins neighbours: that helps where a
pattern means the same wherever it stands. The columns of a table have no such order; they could be
shuffled, and the network would be another one.

## Example

```arch findings=1
network Net {
  input patient: tabular[64]
  reshape([1, 8, 8])
  conv(16) -> relu
  conv(32, stride=2) -> relu
  gap -> flatten
  fc = linear(2)
}
```

## Instead

```arch
network Net {
  input patient: tabular[64]
  linear(128) -> relu
  linear(128) -> relu
  fc = linear(2)
}
```

Behind a linear layer an order can be learned, as in the stem of a generator:

```arch
network Net {
  input noise: tabular[64]
  stem = linear(1568)
  relu -> reshape([32, 7, 7])
  conv_transpose(16, 4, stride=2, pad=1) -> relu
  image = conv_transpose(1, 4, stride=2, pad=1)
}
```

## Why

Convolutions assume that neighbours belong together and that patterns move (LeCun et al.,
"Gradient-Based Learning Applied to Document Recognition", 1998). On tables they lose to linear
layers and trees (Shwartz-Ziv and Armon, "Tabular Data: Deep Learning Is Not All You Need", 2021).

## When to ignore it

Where the columns do have an order, such as the bins of a histogram: declare the input as
`sequence[1, 64]`, which says so.
"""

from collections.abc import Iterator
from math import prod

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import by_axes


def check(net: Net) -> Iterator[Finding]:
    columns = {given.value: given.name for given in net.graph.inputs if given.kind == "tabular"}
    for number, step in enumerate(net.graph.steps):
        # What is joined with a map, as a condition of it, has a place there.
        if not all(value in columns for value in step.inputs):
            continue
        name = columns[step.inputs[0]]
        if _slides(net, step):
            spatial = net.shape(step.inputs[0]) or ()
            yield Finding(
                f"{step.path} slides over {by_axes(spatial[1:])} columns of the tabular input "
                f"{name}, whose neighbours have nothing in common",
                number,
                step.origin.span,
                "use linear layers; if the columns have an order, declare the input as a sequence",
            )
        elif not _learns_places(net, step):
            columns.update(dict.fromkeys(step.outputs, name))


def _slides(net: Net, step: Step) -> bool:
    """Whether a step joins neighbours of a map with several positions."""
    if step.layer.op.family not in ("conv", "pool") or _positions(net, step) == 1:
        return False
    kernel = step.layer.args.get("kernel")
    return not isinstance(kernel, tuple) or max(kernel) > 1


def _learns_places(net: Net, step: Step) -> bool:
    """Whether a step makes every result of all columns: a linear layer, and what amounts to one."""
    if step.layer.op.family == "attention":
        return True
    return step.layer.op.dense and _positions(net, step) == 1


def _positions(net: Net, step: Step) -> int:
    return prod((net.shape(step.inputs[0]) or (0,))[1:])
