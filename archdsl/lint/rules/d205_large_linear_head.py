"""Linear layers hold most of the parameters.

A linear layer on a flattened map has a weight for every position of every channel. Global average
pooling keeps one number a channel, and with it a small part of the weights.

## Example

```arch findings=1
network Net {
  input image: image[3, 224, 224]
  conv(64, 7, stride=4) -> relu -> maxpool
  conv(256) -> relu -> maxpool
  conv(256) -> relu -> maxpool
  conv(256) -> relu
  flatten
  fc1 = linear(2048)
  relu
  fc2 = linear(1000)
}
```

## Instead

```arch
network Net {
  input image: image[3, 224, 224]
  conv(64, 7, stride=4) -> relu -> maxpool
  conv(256) -> relu -> maxpool
  conv(256) -> relu -> maxpool
  conv(256) -> relu
  gap -> flatten
  fc = linear(1000)
}
```

## Why

"Network In Network" (Lin et al., 2013) introduced the global average pool in place of linear
layers; GoogLeNet and every ResNet use it. VGG-16 spends 124M of its 138M parameters on its head.

A layer with many classes right behind a global pool is left alone, as are networks for tables: no
pool would save anything there.

## When to ignore it

Where positions matter to the output, or a published checkpoint has the layers.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net

MOST_PARAMETERS = 10_000_000
SHARE = 0.5
"""Of all parameters; and of those in linear layers, what must be saved at least."""


def check(net: Net) -> Iterator[Finding]:
    heads = [
        step
        for step in net.graph.steps
        if step.layer.op.name == "linear" and not step.layer.inputs[0].rank and step.use_of is None
    ]
    held, total = sum(step.layer.params for step in heads), net.analysis.params
    if held <= MOST_PARAMETERS or held <= SHARE * total:
        return
    left = _behind_gap(net, heads)
    if left is None or left > SHARE * held:
        return  # no map is flattened, or little but its last layer is there to save
    yield Finding(
        f"linear layers hold {held / 1e6:.1f}M of {total / 1e6:.1f}M parameters, "
        f"{100 * held / total:.0f} %; one behind `gap` would hold {left / 1e6:.1f}M",
        None,
        net.graph.span,
        "write gap -> flatten before the last linear layer, and leave out the others",
    )


def _behind_gap(net: Net, heads: Sequence[Step]) -> int | None:
    """The parameters of the last linear layer if it stood right behind a global pool; None where
    no map is flattened.
    """
    flattened = next((step for step in net.graph.steps if _flattens(step)), None)
    if flattened is None:
        return None
    channels = cast(int, flattened.layer.inputs[0].channels)
    last = heads[-1].layer
    features = cast(int, last.outputs[0].channels)
    return channels * features + (features if last.args["bias"] else 0)


def _flattens(step: Step) -> bool:
    """Whether a step makes a flat value of a map."""
    layer = step.layer
    return (
        layer.op.name in ("flatten", "reshape")
        and layer.inputs[0].rank > 0
        and not layer.outputs[0].rank
    )
