"""Many convolutions and linear layers stand in a row, with nothing that leads around them.

A gradient has to pass through every one of them, and each adds to what it loses. A dozen still
train with norms and a good initialisation; much deeper networks get worse, not better.

## Example

```arch findings=1
default conv(bias=false)

network Net {
  input image: image[3, 32, 32]
  repeat 14 { conv(32) -> bn -> relu }
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
default conv(bias=false)

network Net {
  input image: image[3, 32, 32]
  conv(32) -> bn -> relu
  repeat 6 {
    residual { conv(32) -> bn -> relu -> conv(32) -> bn }
    relu
  }
  gap -> flatten
  fc = linear(10)
}
```

## Why

He et al., "Deep Residual Learning for Image Recognition", 2015, figure 1 and table 2: of plain
networks, that with 34 layers is worse than that with 18, in training already; with skips it is
better. Depthwise and pointwise convolutions count as one layer together.

## When to ignore it

Where a published network is reproduced: VGG-16 and VGG-19 have 16 and 19, MobileNet v1 has 15.
"""

from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.records import NamedTuple

MOST = 12


class Run(NamedTuple):
    """Layers that read each other: the steps of the first and the last, and how many there are."""

    first: int
    last: int
    layers: int


def check(net: Net) -> Iterator[Finding]:
    ending: dict[int, Run] = {}
    longest: dict[int, Run] = {}
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.name in ("add", "concat") and len(set(step.inputs)) > 1:
            continue
        runs = [ending[value] for value in step.inputs if value in ending]
        run = max(runs, key=lambda one: one.layers, default=None)
        if _counts(step) and not net.bypassed(number):
            run = Run(run.first, number, run.layers + 1) if run else Run(number, number, 1)
            # Of the ways that part behind a layer, the longest one counts.
            longest[run.first] = max(run, longest.get(run.first, run), key=lambda one: one.layers)
        if run is not None:
            ending.update(dict.fromkeys(step.outputs, run))
    for run in longest.values():
        if run.layers > MOST:
            yield _finding(net, run)


def _counts(step: Step) -> bool:
    """Whether a step is a convolution or linear layer, of depthwise and pointwise the second."""
    groups = step.layer.args.get("groups", 1)
    return step.layer.op.dense and (groups == 1 or groups != step.layer.inputs[0].channels)


def _finding(net: Net, run: Run) -> Finding:
    first, last = net.graph.steps[run.first], net.graph.steps[run.last]
    return Finding(
        f"{run.layers} convolution and linear layers stand in a row, from {first.path} to "
        f"{last.path}, and nothing leads around any of them",
        run.first,
        first.origin.span,
        "write residual { ... } around every two or three of them",
    )
