"""Dropout takes single elements out of a feature map.

Neighbours on a map say nearly the same, so that what is dropped at one position is known from the
next: little is regularised. Dropping whole channels, or whole branches, takes information away.

## Example

```arch findings=1
network Net {
  input image: image[3, 10, 10]
  conv(16) -> relu -> dropout(0.3)
  conv(32, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 10, 10]
  conv(16) -> relu -> dropout2d(0.3)
  conv(32, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Tompson et al., "Efficient Object Localization Using Convolutional Networks", 2015, section 3.2,
where `dropout2d` comes from. For branches of residuals: `residual(drop=p)`, Huang et al., "Deep
Networks with Stochastic Depth", 2016.

## When to ignore it

Where a paper's network has it, as Wide ResNets do (Zagoruyko and Komodakis, 2016).
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.net import Net


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.name != "dropout" or not step.layer.args["p"]:
            continue
        shape = net.shape(step.inputs[0])
        if shape is None or len(shape) < 2 or max(shape[1:]) == 1:
            continue
        positions = "x".join(map(str, shape[1:]))
        yield Finding(
            f"dropout takes single elements out of {shape[0]} maps of {positions}",
            number,
            step.origin.span,
            "write dropout2d, which takes out whole channels, or residual(drop=...) for a branch",
        )
