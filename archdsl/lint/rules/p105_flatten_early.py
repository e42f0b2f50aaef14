"""A large map is flattened into a linear layer.

The linear layer has a weight for every position of every channel, so its size grows with the square
of the resolution; most of the network's parameters end up there, and each sees one place only.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16) -> relu -> maxpool
  conv(32) -> relu
  flatten
  fc1 = linear(64)
  relu
  fc2 = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  flatten
  fc1 = linear(64)
  relu
  fc2 = linear(10)
}
```

Or with global pooling, whatever the size of the map:

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

"Network In Network" (Lin et al., 2013) replaced linear layers on maps by global average pooling,
because they overfit. VGG and AlexNet flatten 7x7 and 6x6: the rule speaks of larger maps, and only
where the linear layers hold a tenth of the parameters or more.

## When to ignore it

Where the output depends on exact positions, as for the value of a board.
"""

from collections.abc import Iterator
from math import prod

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import ACTIVATIONS, NORMS, PASSIVE, Net
from archdsl.lint.wording import amount, by_axes, share

LARGEST = 7
"""Positions along an axis; a map of fewer axes may have as many positions as 7x7."""
LEAST_SHARE = 0.1
ON_THE_WAY = PASSIVE | NORMS | ACTIVATIONS | {"concat", "reshape", "flatten"}


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        layer = step.layer
        if layer.op.name not in ("flatten", "reshape") or layer.outputs[0].rank:
            continue
        # Other orders of the axes, as Caffe's matrices have them, are behind the map itself.
        shape = net.stated_shape(net.origin(step.inputs[0], PASSIVE | {"permute"}))
        if shape is None or prod(shape[1:]) <= max(LARGEST**2, LARGEST ** (len(shape) - 1)):
            continue
        heads = _linear_layers(net, step)
        held, total = sum(head.layer.params for head in heads), net.analysis.params
        if not heads or held < LEAST_SHARE * total:
            continue
        features = heads[0].layer.outputs[0].channels
        more = f" and {len(heads) - 1} more" if len(heads) > 1 else ""
        pooled = sum(head.layer.params * shape[0] // prod(shape) for head in heads)
        yield Finding(
            f"{by_axes((*shape[1:], shape[0]))} flattened into linear({features}){more}: "
            f"{share(held, total)}",
            number,
            step.origin.span,
            f"down-sample to {LARGEST}x{LARGEST} or less before it, or write gap -> flatten, which "
            f"leaves {amount(pooled)} parameters",
        )


def _linear_layers(net: Net, step: Step) -> list[Step]:
    """The linear layers that read the flattened map, each once."""
    found = {
        net.number(reader): reader
        for reader in net.takers(step.outputs[0], ON_THE_WAY)
        if reader.layer.op.name == "linear" and not reader.layer.inputs[0].rank
    }
    return [reader for number, reader in sorted(found.items()) if reader.use_of is None]
