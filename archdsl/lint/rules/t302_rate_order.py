"""An earlier layer learns faster than a later one.

Layers near the input find edges and textures, which serve any images; the further behind, the more
a layer knows of the task that it was trained for. So what comes early needs the least change. A
layer that learns faster than what reads its results also moves the ground under it.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  train(fc)
  train(layer4, lr=0.1)
  train(layer3, lr=0.5)
  freeze(rest)
}
```

## Instead

```arch
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  train(fc)
  train(layer4, lr=0.1)
  train(layer3, lr=0.05)
  freeze(rest)
}
```

Only layers of which one leads to the other are compared: branches side by side have no order. Nor
have groups that go by kind, such as one layer of each block. Left alone are norms, layers that
start anew (a stem for other channels, adapters), heads of training mode, and frozen layers: for
noisy images, say, early layers alone may learn.

## Why

Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018, section 3.2,
divide rates by 2.6 from layer to layer towards the input; Yosinski et al., "How transferable are
features in deep neural networks?", 2014.

## When to ignore it

Where the images differ in the way they were taken, and not in what they show (Lee et al., "Surgical
Fine-Tuning Improves Adaptation to Distribution Shifts", 2023).
"""

from collections.abc import Iterator
from itertools import groupby
from math import isclose

from archdsl.diagnostics import Related
from archdsl.lint.finding import Finding
from archdsl.lint.planned import Part, Planned
from archdsl.lint.wording import rate
from archdsl.source import Span
from archdsl.transfer.plan import Group


def check(planned: Planned) -> Iterator[Finding]:
    told: set[Span] = set()
    judged: dict[tuple[str, str], bool] = {}
    for early, late in _next_layers(planned):
        if early.group.span in told or not _faster(early.group, late.group):
            continue
        pair = early.group.name, late.group.name
        if pair not in judged:
            judged[pair] = _take_turns(planned, early.group, late.group)
        if not judged[pair]:
            told.add(early.group.span)
            yield _finding(planned, early, late)


def _finding(planned: Planned, early: Part, late: Part) -> Finding:
    first, second = planned.place(early), planned.place(late)
    fast, slow = rate(early.group.rate or 0), rate(late.group.rate or 0)
    related = Related(f"{second} learns here", late.group.span)
    return Finding(
        f"{first} learns at {fast} times the base rate, {second} after it at {slow}",
        None,
        early.group.span,
        f"let rates fall towards the input: {first} at {slow} or less, or {second} at {fast} or "
        "more",
        related=(related,) if late.group.span != early.group.span else (),
    )


def _faster(early: Group, late: Group) -> bool:
    if early.rate is None or late.rate is None:
        return False
    return early.rate > late.rate and not isclose(early.rate, late.rate)


def _next_layers(planned: Planned) -> Iterator[tuple[Part, Part]]:
    """Layers that learn, each with the next ones on the way to an output: where rates do not fall
    from one to the next, they do nowhere. Of each group one layer stands for those side by side.

    New layers may be faster than what follows, so that what lies before them is held against that.
    """
    net = planned.net
    last: list[dict[str, Part]] = [{} for _ in net.graph.types]
    for number, step in enumerate(net.graph.steps):
        if not net.analysis.live[number]:
            continue
        before = {name: part for value in step.inputs for name, part in last[value].items()}
        part = planned.part_of.get(net.owner(step))
        if part is not None and part.learns_features and not part.frozen:
            for early in before.values():
                yield early, part
            if not part.new:
                before = {part.group.name: part}
        for value in step.outputs:
            last[value] = before


def _take_turns(planned: Planned, one: Group, other: Group) -> bool:
    """Whether two groups part layers by kind and not by depth: each has several runs of layers, and
    they have blocks in common. The head counts for neither: whatever its group, it comes last.
    """
    layers = [
        part
        for part in planned.parts
        if part.learns_features
        and part.number not in planned.heads
        and part.group.name in (one.name, other.name)
    ]
    runs = [name for name, _ in groupby(layers, lambda part: part.group.name)]
    if min(runs.count(one.name), runs.count(other.name)) < 2:
        return False
    blocks: dict[str, set[int]] = {one.name: set(), other.name: set()}
    for part in layers:
        blocks[part.group.name].update(planned.blocks(part))
    return not blocks[one.name].isdisjoint(blocks[other.name])
