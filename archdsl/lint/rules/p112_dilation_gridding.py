"""Dilated convolutions with one dilation follow each other and read a grid.

A kernel with dilation 2 reads every second position. With the same dilation behind it, the result
still depends on every second position of the map before, however many layers follow: neighbouring
results are made of disjoint inputs, which shows as a grid.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu
  conv(32, dilation=2) -> relu
  conv(32, dilation=2) -> relu
  conv(64, dilation=2) -> relu
  conv(64, dilation=2) -> relu
  mask = conv(2, 1)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu
  conv(32, dilation=1) -> relu
  conv(32, dilation=2) -> relu
  conv(64, dilation=5) -> relu
  conv(64, dilation=1) -> relu
  mask = conv(2, 1)
}
```

## Why

Wang et al., "Understanding Convolution for Semantic Segmentation", 2017, name the effect and choose
dilations without a common factor; Yu et al., "Dilated Residual Networks", 2017, append layers
without dilation.

## When to ignore it

Where a published checkpoint has these layers, as CSRNet has.
"""

from collections.abc import Iterator, Mapping
from math import gcd
from typing import Any

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import IN_PLACE, Net
from archdsl.lint.wording import by_axes

LEAST = 3
"""Layers with one dilation, from which on the grid counts."""


def check(net: Net) -> Iterator[Finding]:
    seen: set[int] = set()
    for number, step in enumerate(net.graph.steps):
        if number in seen or not _dilated(step):
            continue
        run = [step]
        following = _next(net, step)
        while following is not None and _dilated(following) == _dilated(step):
            run.append(following)
            following = _next(net, following)
        seen.update(map(net.number, run))
        if len(run) < LEAST or _filled(net, step, following):
            continue
        if any(net.bypassed(net.number(one)) for one in run):
            continue
        dilation, kernel = step.layer.args["dilation"], step.layer.args["kernel"]
        assert isinstance(dilation, tuple) and isinstance(kernel, tuple)
        every = dilation[0] if len(set(dilation)) == 1 else by_axes(dilation)
        finding = Finding(
            f"{len(run)} convolutions in a row, {step.path} to {run[-1].path}, have dilation "
            f"{every}: their results read one position in {_cells(dilation, kernel)} of the map "
            f"before {step.path}, in a grid",
            number,
            net.argument(step, "dilation"),
            "mix dilations without a common factor, such as 1, 2, 5",
        )
        # In a loop all of them stand at one place, and all are counted.
        yield from (
            finding._replace(step=net.number(one))
            for one in run
            if one.origin.span == step.origin.span
        )


def _dilated(step: Step) -> tuple[int, ...]:
    """The dilation along each axis on which a convolution has gaps; nothing for other steps."""
    args: Mapping[str, Any] = step.layer.args
    if step.layer.op.name not in ("conv", "depthwise"):
        return ()
    along = tuple(d if k > 1 else 1 for d, k in zip(args["dilation"], args["kernel"], strict=True))
    return along if max(along) > 1 else ()


def _next(net: Net, step: Step) -> Step | None:
    """The next layer that joins positions, if it alone reads this one."""
    reader = net.taker(step, IN_PLACE)
    while (
        reader is not None and reader.layer.args.get("kernel") == (1,) * reader.layer.inputs[0].rank
    ):
        reader = net.taker(reader, IN_PLACE)
    return reader


def _filled(net: Net, first: Step, following: Step | None) -> bool:
    """Whether a layer right before or behind a run reads what lies between its grid."""
    before = net.maker(first.inputs[0], IN_PLACE)
    if before is not None and _dilated(before) and _shares_no_grid(before, first):
        return True
    if following is None or net.slides(following) is None:
        return False
    return _shares_no_grid(following, first)


def _shares_no_grid(other: Step, first: Step) -> bool:
    """Whether another layer reads neighbours that no common grid holds."""
    args: Mapping[str, Any] = other.layer.args
    dilations = args.get("dilation", (1,) * len(args["kernel"]))
    return any(
        d > 1 and k > 1 and gcd(d, own) == 1
        for d, k, own in zip(_dilated(first), args["kernel"], dilations, strict=True)
    )


def _cells(dilation: tuple[int, ...], kernel: tuple[int, ...]) -> int:
    """How many positions there are for each one that is read."""
    cells = 1
    for d, k in zip(dilation, kernel, strict=True):
        cells *= d if k > 1 else 1
    return cells
