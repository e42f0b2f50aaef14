"""The layers of a plan's groups as the emitted table has them."""

import re
from collections.abc import Callable, Iterable, Iterator

from archdsl.graph.ir import Graph, Step
from archdsl.transfer.plan import Plan

MANY = 4
"""Of more layers than that, those that differ in numbers are written as one, with `*` for them."""


def layers_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Paths or patterns by group. Each tensor of the network is in the layers of exactly one.

    A norm that has statistics and no parameters goes with the layer before it.
    """
    owners = {path: group.name for group in plan.groups for path in group.paths}
    paths: dict[str, dict[str, None]] = {group.name: {} for group in plan.groups}
    keys: dict[str, list[str]] = {group.name: [] for group in plan.groups}
    owner = plan.groups[0].name
    for step, key in _tensors(plan.graph):
        levels = step.path.split(".")
        around = (".".join(levels[:end]) for end in range(1, len(levels) + 1))
        path = next((path for path in around if path in owners), step.path)
        owner = owners.get(path, owner)
        paths[owner][path] = None
        keys[owner].append(key)
    return {
        name: _short(own, [key for other in keys if other != name for key in keys[other]])
        if len(own) > MANY
        else tuple(own)
        for name, own in paths.items()
    }


def tensors(graph: Graph) -> list[str]:
    """The keys of all tensors, with a key for all that the module of an extern op may have."""
    return [key for _, key in _tensors(graph)]


def within(layers: Iterable[str]) -> Callable[[str], bool]:
    """What the function of this name in the emitted text says of a tensor and these layers."""
    patterns = "|".join(re.escape(layer).replace(r"\*", r"\d+") for layer in layers)
    match = re.compile(rf"(?:{patterns})\.").match
    return lambda tensor: match(f"{tensor}.") is not None


def _tensors(graph: Graph) -> Iterator[tuple[Step, str]]:
    """Tensors with the steps that own them, in the order of the state dict."""
    for _, step in graph.layers():
        for weight in step.layer.weights:
            yield step, f"{step.path}.{weight.name}" if weight.name else step.path
        if step.layer.op.family == "extern":
            yield step, f"{step.path}.*"


def _short(paths: Iterable[str], others: list[str]) -> tuple[str, ...]:
    """Patterns for paths that differ in numbers, where no tensor of other groups is like them."""
    alike: dict[str, list[str]] = {}
    for path in paths:
        alike.setdefault(re.sub(r"\d+", "*", path), []).append(path)
    usable = {
        pattern
        for pattern, own in alike.items()
        if len(own) > 1 and not any(map(within([pattern]), others))
    }
    written = ((path, re.sub(r"\d+", "*", path)) for path in paths)
    return tuple(dict.fromkeys(pattern if pattern in usable else path for path, pattern in written))
