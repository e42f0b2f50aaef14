"""The layers of a plan's groups as the emitted table has them."""

import re
from collections.abc import Iterable, Mapping

from archdsl.graph.ir import Graph
from archdsl.transfer.plan import Plan

MANY = 4
"""Of more layers than that, those that differ in numbers are written as one, with `*` for them."""


def layers_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Paths or patterns by group. Each tensor of the network is in the layers of exactly one.

    A norm that has statistics and no parameters goes with the layer before it.
    """
    paths = _paths(plan)
    holders = {tensor: _holder(tensor, paths) for tensor in tensors(plan.graph)}
    return {
        name: _short(own, [tensor for tensor, holder in holders.items() if holder != name])
        if len(own) > MANY
        else own
        for name, own in paths.items()
    }


def tensors(graph: Graph) -> list[str]:
    """The keys of all tensors, with a key for all that the module of an extern op may have."""
    return [*dict(graph.weights()), *(f"{path}*" for path in graph.opaque_paths())]


def within(tensor: str, layers: Iterable[str]) -> bool:
    """What the function of this name in the emitted text says."""
    patterns = (re.escape(layer).replace(r"\*", r"\d+") for layer in layers)
    return any(re.match(rf"{pattern}\.", f"{tensor}.") for pattern in patterns)


def _paths(plan: Plan) -> dict[str, tuple[str, ...]]:
    owners = {path: group.name for group in plan.groups for path in group.paths}
    found: dict[str, dict[str, None]] = {group.name: {} for group in plan.groups}
    owner = plan.groups[0].name
    for _, step in plan.graph.layers():
        if step.layer.holds_tensors:
            levels = step.path.split(".")
            around = (".".join(levels[:end]) for end in range(1, len(levels) + 1))
            path = next((path for path in around if path in owners), step.path)
            owner = owners.get(path, owner)
            found[owner][path] = None
    return {name: tuple(paths) for name, paths in found.items()}


def _holder(tensor: str, paths: Mapping[str, tuple[str, ...]]) -> str:
    return next(name for name, own in paths.items() if within(tensor, own))


def _short(paths: tuple[str, ...], others: list[str]) -> tuple[str, ...]:
    """Patterns for paths that differ in numbers, where nothing of other groups is like them."""
    found: dict[str, None] = {}
    alike: dict[str, list[str]] = {}
    for path in paths:
        alike.setdefault(re.sub(r"\d+", "*", path), []).append(path)
    usable = {
        pattern
        for pattern, own in alike.items()
        if len(own) > 1 and not any(within(tensor, (pattern,)) for tensor in others)
    }
    for path in paths:
        pattern = re.sub(r"\d+", "*", path)
        found[pattern if pattern in usable else path] = None
    return tuple(found)
