"""A depthwise convolution's channels are never mixed again.

Every channel of its result depends on one channel of its input alone. A pointwise convolution
behind it, or a linear layer on the pooled map, lets them see each other.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu
  features = depthwise(3)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu
  depthwise(3)
  features = pointwise(16)
}
```

## Why

Depthwise and pointwise convolutions stand for one dense convolution together (Howard et al.,
"MobileNets", 2017, section 3.1): the first filters, the second combines.

## When to ignore it

Where channels are to stay apart: filters of a fixed transform, independent time series.
"""

from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net

MIXING = frozenset(
    ("linear", "attention", "channel_shuffle", "reshape", "permute", "pixel_shuffle")
)
"""Ops after which channels no longer stand for what they stood for, besides convolutions."""


def check(net: Net) -> Iterator[Finding]:
    mixed = net.ahead_of(_mixes)
    for number, step in enumerate(net.graph.steps):
        channels = step.layer.inputs[0].channels
        if step.layer.args.get("groups") != channels or channels == 1 or step.use_of is not None:
            continue
        if step.outputs[0] not in mixed:
            yield Finding(
                f"nothing mixes the {channels} channels of {step.path} again: each depends on one "
                "channel of its input alone",
                number,
                step.origin.span,
                f"write pointwise({step.layer.outputs[0].channels}) behind it",
            )


def _mixes(step: Step) -> bool:
    """Whether a step makes channels of several others."""
    groups = step.layer.args.get("groups")
    if step.layer.op.dense and isinstance(groups, int):
        return groups < step.layer.inputs[0].channels
    return step.layer.op.dense or step.layer.op.name in MIXING
