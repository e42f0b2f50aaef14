"""The network averages over features that each see a small part of the image.

In front of global pooling every position has looked at its receptive field. Where that is less than
half of the image, nothing in the network ever sees an object as a whole; the output is a vote of
patches.

## Example

```arch findings=1
network Net {
  input image: image[3, 64, 64]
  conv(16) -> relu
  conv(32) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 64, 64]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  conv(64) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

Sequences are left alone: there local patterns wherever they are can be all that counts, as in
keyword spotting. So are networks with attention or gates over the whole map, and heads on the
features of another network (`tensor[...]`).

## Why

Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019: the
accuracy of networks on ImageNet grows with the receptive field, up to the size of the image and
beyond. Luo et al., "Understanding the Effective Receptive Field", 2016: the part that counts is
smaller still.

## When to ignore it

Where a vote of patches is wanted, as in BagNet, or objects are small.
"""

from collections.abc import Iterator
from math import prod

from archdsl.analysis.receptive import ends_locality, sizes
from archdsl.graph.ir import Step
from archdsl.lint.catalogue import GLOBAL_POOLS
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import by_axes


def check(net: Net) -> Iterator[Finding]:
    heads = _heads(net)
    image = _image(net)
    if not heads or image is None:
        return
    found = []
    for head in heads:
        field = net.analysis.fields[head.inputs[0]]
        seen = None if field is None else [size or 0 for size in sizes(field)]
        if seen is None or len(seen) != len(image) or _sees_all(net, head.inputs[0]):
            return
        if any(2 * size >= whole for size, whole in zip(seen, image, strict=True)):
            return
        found.append((seen, head))
    seen, head = max(found, key=lambda one: one[0])
    yield Finding(
        f"{head.path} pools features that see {by_axes(seen)} of {by_axes(image)} pixels each: "
        "nothing sees half of the image",
        None,
        net.graph.span,
        "shrink the map by strides or pools earlier, or add layers before it",
    )


def _heads(net: Net) -> list[Step]:
    """The global pools whose results lead to an output; none where another output has a head of
    another kind.
    """
    heads = []
    for step, live in zip(net.graph.steps, net.analysis.live, strict=True):
        if not live:
            continue
        name = step.layer.op.name
        if name in ("flatten", "reshape") and _positions(net, step.inputs[0]) > 1:
            return []
        if _pools_all(net, step):
            heads.append(step)
    outputs = {output.value for output in net.graph.outputs if not output.training}
    return [head for head in heads if _leads_to(net, head, outputs)]


def _pools_all(net: Net, step: Step) -> bool:
    """Whether a step makes one position of a whole map."""
    if step.layer.op.name not in GLOBAL_POOLS:
        return False
    if _positions(net, step.inputs[0]) == 1 or _positions(net, step.outputs[0]) > 1:
        return False
    along = net.slides(step)
    return along is None or all(one.covers for one in along)


def _leads_to(net: Net, head: Step, outputs: set[int]) -> bool:
    """Whether a pooled value stays one to the outputs: a gate's comes back to a map."""
    pending, seen = [*head.outputs], set(head.outputs)
    for value in pending:
        if _positions(net, value) > 1:
            return False
        made = [one for number in net.readers[value] for one in net.graph.steps[number].outputs]
        pending += [one for one in made if one not in seen]
        seen.update(made)
    return not outputs.isdisjoint(seen)


def _sees_all(net: Net, value: int) -> bool:
    """Whether a global operation lies before a value."""
    needed = {value}
    for step in reversed(net.graph.steps):
        if not needed.isdisjoint(step.outputs):
            if ends_locality(step.layer):
                return True
            needed.update(step.inputs)
    return False


def _image(net: Net) -> tuple[int, ...] | None:
    """The spatial sizes of the smallest input with two axes or more; None where it has no value,
    and where it is a tensor: the features of another network, which have seen more than themselves.
    """
    found = []
    for given in net.graph.inputs:
        shape = net.stated_shape(given.value)
        if shape is None or given.kind == "tensor":
            return None
        if len(shape) > 2:
            found.append(shape[1:])
    return min(found, default=None)


def _positions(net: Net, value: int) -> int:
    return prod((net.shape(value) or (0,))[1:])
