"""The layer that makes an output is named by counting.

Its weights are what a transfer replaces and a checkpoint is asked for; and one more layer above it
gives it another name.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten -> linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

The rule speaks of the last layer with weights before each output, norms and activations left out,
and of the blocks that it lies in. Numbers in a named level, such as `classifier.6`, are positions
in what is `nn.Sequential` in PyTorch, and stay unnoticed. So do a layer in a loop, one in a block
that the network uses elsewhere too, and sketches with fewer than three convolutions and linear
layers.

## Why

`weights("…", except=[fc])` and every script that loads, freezes or replaces a head spell its name.

## When to ignore it

Where the names are those of a published checkpoint, or nobody will load the weights into another
network.
"""

import re
from collections.abc import Iterator

from archdsl.graph.ir import GraphOutput, Instance, Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import ACTIVATIONS, NORMS, Net
from archdsl.syntax import ast

BESIDE = NORMS | ACTIVATIONS | {"scale"}
"""Ops whose weights go with those of the layer before them."""
LEAST_LAYERS = 3
LONGEST_SHOWN = 40
_COUNTED = re.compile(r"(.*?)(_?)(\d+)")


def check(net: Net) -> Iterator[Finding]:
    if sum(_makes_features(step) for step in net.graph.steps) < LEAST_LAYERS:
        return
    found = {output: _last(net, output.value) for output in net.graph.outputs}
    lasts = {number for number in found.values() if number is not None}
    elsewhere = _elsewhere(net, lasts)
    for output, number in found.items():
        if number is None or not elsewhere.isdisjoint(_blocks(net, number)):
            continue  # in a block that the network uses elsewhere too, as one among many
        part = _counted_part(net, net.graph.steps[number])
        if part is not None and not part.origin.turns:  # in a loop the name would be computed
            yield _finding(net, output, number, part)


def _last(net: Net, value: int) -> int | None:
    """The last layer with weights of its own that a value comes from, if one can be told."""
    found: int | None = None
    pending, seen = [value], {value}
    while pending:
        number = net.producers[pending.pop()]
        if number is None or (found is not None and number < found):
            continue
        step = net.graph.steps[number]
        if _makes_features(step):
            found = number
            continue
        if step.layer.op.name == "mul":
            return None  # of a gate and what it scales neither makes the output
        pending += [before for before in step.inputs if before not in seen]
        seen.update(step.inputs)
    if found is None:
        return None
    owner = net.graph.steps[found].use_of
    return found if owner is None else owner


def _makes_features(step: Step) -> bool:
    return step.layer.holds_tensors and step.layer.op.name not in BESIDE


def _elsewhere(net: Net, lasts: set[int]) -> set[object]:
    """The blocks that the network uses where none of the last layers lies."""
    ends = {parent for last in lasts for parent in _holders(net, last)}
    return {
        instance.definition
        for place, instance in enumerate(net.graph.instances)
        if instance.kind == "block" and place not in ends and instance.use_of is None
    }


def _blocks(net: Net, number: int) -> set[object]:
    """The blocks that a step lies in."""
    instances = [net.graph.instances[parent] for parent in _holders(net, number)]
    return {instance.definition for instance in instances if instance.kind == "block"}


def _holders(net: Net, number: int) -> list[int]:
    """The instances that a step lies in, innermost first, without the network."""
    found = []
    parent: int | None = net.graph.steps[number].parent
    while parent:
        found.append(parent)
        parent = net.graph.instances[parent].parent
    return found


def _counted_part(net: Net, step: Step) -> Step | Instance | None:
    """The outermost part of a layer's path that is named by counting."""
    instances = net.graph.instances
    part: Step | Instance | None = step
    found = None
    while part is not None and part.parent is not None:
        if not instances[part.parent].numbered and _is_counted(net, part):
            found = part
        part = instances[part.parent]
    return found


def _is_counted(net: Net, part: Step | Instance) -> bool:
    """Whether a name that ends in a number was not written."""
    if not _COUNTED.fullmatch(part.name) or not isinstance(part.origin.node, ast.Call):
        return False
    records = net.syntax_around(part)
    # A shared layer has a node of its own, and always a name.
    if len(records) < 2 or not isinstance(records[-1], ast.Flow):
        return False
    holder = records[-2]
    # Were this one of several layers under a name, it would have a number.
    return not isinstance(holder, ast.Bind) and not (
        isinstance(holder, ast.Branch) and holder.name is not None
    )


def _finding(net: Net, output: GraphOutput, number: int, part: Step | Instance) -> Finding:
    step = net.graph.steps[number]
    match = _COUNTED.fullmatch(part.name)
    assert match is not None
    stem, joint, count = match.groups()
    several = len(net.graph.outputs) > 1
    return Finding(
        f"{step.path}, the last layer with weights before the output"
        + (f" {output.name}" if several else "")
        + f", is named by counting: one more {stem} above it makes "
        + ("it" if part is step else part.name)
        + f" {stem}{joint}{int(count) + 1}",
        number,
        part.origin.span,
        f"name it, in a statement of its own: {_proposal(net, part, stem)}",
    )


def _proposal(net: Net, part: Step | Instance, stem: str) -> str:
    """A statement with a name that is free in its level."""
    taken = {one.name for one in net.graph.steps if one.parent == part.parent}
    taken.update(one.name for one in net.graph.instances if one.parent == part.parent)
    usual = stem if isinstance(part, Instance) else "fc" if stem == "linear" else "head"
    names = (usual, "head", "classifier", "last")
    name = next((name for name in names if name not in taken), f"{usual}_last")
    text = part.origin.span.text
    return f"{name} = {text if len(text) <= LONGEST_SHOWN and chr(10) not in text else '...'}"
