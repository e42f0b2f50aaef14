"""Strides do not come out even: the border of a map is never read.

A pool of 2 on a 7x7 map reads 6x6 positions; the last row and column have no influence on anything.
Another size of the input, some padding, or `ceil=true` would read them.

## Example

```arch findings=1
network Net {
  input image: image[1, 30, 30]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 32, 32]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

On the way up of an encoder and decoder the same shows as sizes that do not meet, and are made to
meet by cropping, padding or stretching; the finding is at the input then.

```arch findings=1
network Net {
  input image: image[1, 30, 30]
  enc1 = { conv(16) -> relu }
  enc2 = { conv(32, stride=2) -> relu }
  conv(64, stride=2) -> relu
  conv_transpose(32, 2, stride=2) -> crop([[0, 1], [0, 1]])
  concat [prev, enc2]
  conv(32) -> relu -> conv_transpose(16, 2, stride=2)
  concat [prev, enc1]
  conv(16) -> relu
  mask = conv(1, 1)
}
```

Sizes along a sequence, whose end is arbitrary, symbolic ones without a value, and what another
branch reads are left alone:

```arch
network Net {
  input image: image[1, H, W]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, section 2.4: with a
stride different inputs give outputs of the same size, and the rest is lost.

## When to ignore it

Where the border holds nothing, or a published checkpoint was trained so.
"""

from collections.abc import Iterator

from archdsl.analysis.receptive import strides
from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import IN_PLACE, Net
from archdsl.lint.windows import Slide
from archdsl.lint.wording import by_axes

RAISES = ("upsample", "conv_transpose", "pixel_shuffle")
ADAPTS = frozenset(("crop", "pad"))
JOINS = ("add", "concat", "mul")


def check(net: Net) -> Iterator[Finding]:
    if "strided" in net.features:
        for number, step in enumerate(net.graph.steps):
            lost = _lost(net, step)
            if any(lost):
                yield _finding(net, number, step, lost)
    yield from _meetings(net)


# --- windows that end before the map --------------------------------------------------------------


def _lost(net: Net, step: Step) -> list[int]:
    """How many positions at the end of each axis nobody reads."""
    along = net.slides(step)
    # A sequence is cut anywhere, a map of one row as well; gaps are the matter of another rule.
    if along is None or sum(one.size > 1 for one in along) < 2 or any(one.skips for one in along):
        return []
    lost = [one.unread for one in along]
    if not any(lost):
        return []
    beside = _windows_beside(net, step)
    return [
        unread if all(other is not None and other[axis].unread for other in beside) else 0
        for axis, unread in enumerate(lost)
    ]


def _windows_beside(net: Net, step: Step) -> list[tuple[Slide, ...] | None]:
    """What the other readers of the map read of it; None where that is everything."""
    values = [net.origin(step.inputs[0], IN_PLACE)]
    found: list[tuple[Slide, ...] | None] = []
    for value in values:
        if value in net.output_values:
            found.append(None)
        for number in net.readers[value]:
            reader = net.graph.steps[number]
            if reader.layer.op.name in IN_PLACE:
                values += reader.outputs
            elif reader is not step:
                found.append(net.slides(reader))
    return found


def _finding(net: Net, number: int, step: Step, lost: list[int]) -> Finding:
    from archdsl.lint.resized import whole_sizes  # only a finding pays for it

    along = net.slides(step) or ()
    sizes = [one.size for one in along]
    read = [size - unread for size, unread in zip(sizes, lost, strict=True)]
    remedies = []
    found = whole_sizes(net, step, [axis for axis, unread in enumerate(lost) if unread])
    if found:
        given = net.graph.inputs[0]
        size = by_axes((net.shape(given.value) or ())[1:])
        remedies.append(f"an input of {' or '.join(map(by_axes, found))} in place of {size}")
    if "ceil" in step.layer.args:
        remedies.append("ceil=true")
    else:
        pads = [
            [one.before, one.after + (one.stride - unread if unread else 0)]
            for one, unread in zip(along, lost, strict=True)
        ]
        remedies.append(f"pad={pads}")
    return Finding(
        f"{step.path} reads {by_axes(read)} of {by_axes(sizes)} positions: the last "
        f"{_borders(step, lost)} lost",
        number,
        step.origin.span,
        "write " + ", or ".join(remedies) + ": then everything is read",
    )


def _borders(step: Step, lost: list[int]) -> str:
    """The rows and columns at the end, in words, with their verb."""
    names = ("row", "column") if len(lost) == 2 else ("frame", "row", "column")
    words = [
        name if unread == 1 else f"{unread} {name}s"
        for name, unread in zip(names, lost, strict=True)
        if unread
    ]
    listed = " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    return f"{listed} {'are' if sum(lost) > 1 else 'is'}"


# --- sizes that meet on the way up ----------------------------------------------------------------


def _meetings(net: Net) -> Iterator[Finding]:
    """The first place where a map that was enlarged meets an earlier one of nearly its size."""
    for step in net.graph.steps:
        if step.layer.op.name not in RAISES:
            continue
        met = _meeting(net, step)
        if met is None:
            continue
        small, large = net.stated_shape(step.inputs[0]), net.stated_shape(met)
        factors = _factors(net, met, step.inputs[0])
        if small is None or large is None or len(factors) != len(small) - 1:
            continue
        raised = [size * factor for size, factor in zip(small[1:], factors, strict=True)]
        missed = [abs(one - other) for one, other in zip(raised, large[1:], strict=True)]
        # A rest of the strides is smaller than they are; more is cut off by design.
        if not any(0 < miss < factor for miss, factor in zip(missed, factors, strict=True)):
            continue
        whole = _divisor(net)
        yield Finding(
            f"the way up misses the way down: {by_axes(large[1:])} became {by_axes(small[1:])}, "
            f"of which strides of {by_axes(factors)} make {by_axes(raised)} at {step.path}",
            None,
            net.graph.inputs[0].span,
            f"sizes that {whole} divides need neither cropping nor padding"
            if whole
            else "take an input size that all strides divide",
        )
        return


def _meeting(net: Net, step: Step) -> int | None:
    """The earlier map that an enlarged one is made to fit, by cropping, padding or stretching."""
    value, adapted = step.outputs[0], _stretches(net, step)
    while len(net.readers[value]) == 1:
        reader = net.graph.steps[net.readers[value][0]]
        if reader.layer.op.name in JOINS:
            others = [one for one in reader.inputs if one != value]
            if len(others) != 1:
                return None
            source = net.origin(others[0], IN_PLACE | ADAPTS)
            adapted = adapted or net.origin(others[0], IN_PLACE) != source
            return source if adapted and step.inputs[0] in net.behind(source) else None
        adapted = adapted or reader.layer.op.name in ADAPTS
        if len(reader.outputs) != 1 or reader.layer.op.name in RAISES:
            return None
        value = reader.outputs[0]
    return None


def _stretches(net: Net, step: Step) -> bool:
    """Whether a step enlarges to a size that is no multiple of its input's."""
    args = step.layer.args
    if step.layer.op.name != "upsample" or args["scale"] or args["align_corners"]:
        return False
    small, large = net.shape(step.inputs[0]) or (), net.shape(step.outputs[0]) or ()
    return any(after % before for before, after in zip(small[1:], large[1:], strict=True))


def _factors(net: Net, large: int, small: int) -> list[int]:
    """How many times smaller one map is than another along each axis by the strides between them;
    none where these do not tell.
    """
    fields = net.analysis.fields[large], net.analysis.fields[small]
    if fields[0] is None or fields[1] is None:
        return []
    pairs = zip(strides(fields[0]), strides(fields[1]), strict=True)
    return [int(after // before) for before, after in pairs if before and after]


def _divisor(net: Net) -> int | None:
    """What an input's sizes must be multiples of, so that all maps divide evenly."""
    found = [
        stride
        for field in net.analysis.fields
        if field is not None
        for stride in strides(field)
        if isinstance(stride, int)
    ]
    return max(found, default=None)
