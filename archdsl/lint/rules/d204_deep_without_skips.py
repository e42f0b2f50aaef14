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

MOST = 12


def check(net: Net) -> Iterator[Finding]:
    run: list[int] = []
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.name in ("add", "concat") and len(set(step.inputs)) > 1:
            yield from _judged(net, run)
            run = []
        elif _counts(step) and not net.bypassed(number):
            run.append(number)
    yield from _judged(net, run)


def _counts(step: Step) -> bool:
    """Whether a step is a convolution or linear layer, of depthwise and pointwise the second."""
    groups = step.layer.args.get("groups", 1)
    return step.layer.op.dense and (groups == 1 or groups != step.layer.inputs[0].channels)


def _judged(net: Net, run: list[int]) -> Iterator[Finding]:
    if len(run) <= MOST:
        return
    first, last = net.graph.steps[run[0]], net.graph.steps[run[-1]]
    yield Finding(
        f"{len(run)} convolution and linear layers stand in a row, from {first.path} to "
        f"{last.path}, and nothing leads around any of them",
        run[0],
        first.origin.span,
        "write residual { ... } around every two or three of them",
    )
