"""The map has shrunk to nothing long before the network ends.

Most networks for 224x224 pixels halve the map five times. On 32x32 that leaves 1x1: the later 3x3
convolutions see padding around a single position, and cost as much as ever.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(32, 7, stride=2) -> relu -> maxpool(3, stride=2, pad=1)
  conv(64, stride=2) -> relu
  conv(128, stride=2) -> relu
  conv(256, stride=2) -> relu
  conv(256) -> relu
  conv(256) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(32) -> relu
  conv(64, stride=2) -> relu
  conv(128, stride=2) -> relu
  conv(256, stride=2) -> relu
  conv(256) -> relu
  conv(256) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

He et al., "Deep Residual Learning", 2015, section 4.2, take another stem for CIFAR-10: a 3x3
convolution without stride or pool, and two halvings in all.

## When to ignore it

Where the input is small only in a test of the code.
"""

from collections.abc import Iterator
from math import prod

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.windows import Slide
from archdsl.lint.wording import by_axes

SHARE = 1 / 3


def check(net: Net) -> Iterator[Finding]:
    layers = _sliding(net)
    cramped = [(step, along) for step, along in layers if _is_cramped(along)]
    if len(cramped) <= SHARE * len(layers):
        return
    first, along = cramped[0]
    given = next(
        (shape[1:] for one in net.graph.inputs if (shape := net.shape(one.value)) and shape[1:]), ()
    )
    yield Finding(
        f"{len(cramped)} of {len(layers)} convolutions and pools work on a map smaller than their "
        f"kernel: at {first.path} {by_axes(given)} pixels have become "
        f"{by_axes([one.out for one in along])}",
        None,
        net.graph.span,
        "take out strides or pools at the start",
    )


def _sliding(net: Net) -> list[tuple[Step, tuple[Slide, ...]]]:
    """The convolutions and pools up to the last one with a kernel that do not work behind a global
    pool: what follows are linear layers in another form.
    """
    found = []
    for step, live in zip(net.graph.steps, net.analysis.live, strict=True):
        along = net.slides(step) if live else None
        if along is not None and net.analysis.fields[step.inputs[0]] is not None:
            found.append((step, along))
    while found and all(one.extent == 1 for one in found[-1][1]):
        found.pop()
    return found


def _is_cramped(along: tuple[Slide, ...]) -> bool:
    """Whether the map is a single position, or less than half of a padded kernel finds a place."""
    if all(one.size == 1 for one in along):
        return True
    padded = any(one.before or one.after for one in along)
    return padded and 2 * prod(one.out for one in along) < prod(one.extent for one in along)
