"""A convolution's channels are no multiple of 8.

Matrix units of current accelerators work on blocks of 8 or more; the rest of a block is computed
and thrown away. This rule runs only where it is selected.

## Example

```arch findings=1
network Net {
  input image: image[3, 10, 10]
  conv(20) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 10, 10]
  conv(24) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

`make_divisible(width)` does the same for computed widths.

## Why

NVIDIA, "Deep Learning Performance Documentation", on tensor cores: sizes of matrix products should
be multiples of 8 in half precision. Sandler et al.'s code of MobileNet v2 rounds its widths so.

## When to ignore it

On processors without matrix units, and where a published network has such widths.
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.net import Net

BLOCK = 8


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        channels = step.layer.outputs[0].channels
        if not (
            step.layer.op.family == "conv" and step.layer.op.dense and isinstance(channels, int)
        ):
            continue
        # The last layers with weights have the task's own width.
        inner = step.outputs[0] in net.ahead_of_dense
        if channels % BLOCK and step.use_of is None and inner:
            near = -(-channels // BLOCK) * BLOCK
            yield Finding(
                f"{step.path} has {channels} channels, no multiple of {BLOCK}",
                number,
                net.argument(step, "channels"),
                f"{near} cost an accelerator as much",
            )
