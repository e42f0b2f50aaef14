"""Leaving out what a network that is used as a step does not need there: layers on which no output
depends.

A backbone brings its classifier along; a detector that reads the backbone's stages by path has no
use for it.
"""

import itertools
from collections.abc import Iterable, Sequence

from archdsl.graph.ir import Instance, Origin, Step


def needed_steps(
    steps: Sequence[Step], instances: Sequence[Instance], outputs: Iterable[int]
) -> list[bool]:
    """For every step, whether it stays: all outside of inner networks do, inside those that an
    output depends on.
    """
    inner = _inside_networks(instances)
    needed = set(outputs)
    stays = [False] * len(steps)
    owners: set[int] = set()
    for number in range(len(steps) - 1, -1, -1):
        step = steps[number]
        used = number in owners or any(value in needed for value in step.outputs)
        if used or not inner[step.parent]:
            stays[number] = True
            needed.update(step.inputs)
            if step.use_of is not None:
                # A shared layer's first use owns the weights, so it stays with any later one.
                owners.add(step.use_of)
    return stays


def _inside_networks(instances: Sequence[Instance]) -> list[bool]:
    """For every instance, whether it is a network used as a step or lies in one."""
    inside: list[bool] = []
    for instance in instances:
        parent = instance.parent
        inside.append(parent is not None and (inside[parent] or instance.kind == "network"))
    return inside


def prune(
    steps: Sequence[Step], instances: Sequence[Instance], outputs: Iterable[int]
) -> tuple[list[Step], list[Instance], tuple[Origin, ...]]:
    """The steps that stay and the instances that still hold one, renumbered; and where the networks
    were called of which nothing stays. Values keep their numbers.
    """
    if sum(instance.kind == "network" for instance in instances) == 1:
        return list(steps), list(instances), ()
    stays = needed_steps(steps, instances, outputs)
    if all(stays):
        return list(steps), list(instances), ()
    held = [False] * len(instances)
    for step, kept in zip(steps, stays, strict=True):
        parent: int | None = step.parent
        while kept and parent is not None and not held[parent]:
            held[parent] = True
            parent = instances[parent].parent
    held[0] = True
    step_numbers = _renumbered(stays)
    instance_numbers = _renumbered(held)
    before = [0, *itertools.accumulate(stays)]

    def moved(member: int) -> int | None:
        if member >= 0:
            return step_numbers[member]
        number = instance_numbers[~member]
        return None if number is None else ~number

    kept_steps = [
        step._replace(
            parent=instance_numbers[step.parent] or 0,
            use_of=None if step.use_of is None else step_numbers[step.use_of],
        )
        for step, kept in zip(steps, stays, strict=True)
        if kept
    ]
    kept_instances = [
        instance._replace(
            parent=None if instance.parent is None else instance_numbers[instance.parent],
            members=tuple([n for n in map(moved, instance.members) if n is not None]),
            names={
                name: (value, None if inner is None else instance_numbers[inner])
                for name, (value, inner) in instance.names.items()
            },
            use_of=None if instance.use_of is None else instance_numbers[instance.use_of],
            steps=(before[instance.steps[0]], before[instance.steps[1]]),
        )
        for instance, kept in zip(instances, held, strict=True)
        if kept
    ]
    inner = _inside_networks(instances)
    unused = [
        instance.origin
        for instance, kept in zip(instances, held, strict=True)
        if not kept and instance.kind == "network" and not inner[instance.parent or 0]
    ]
    return kept_steps, kept_instances, tuple(unused)


def _renumbered(kept: Sequence[bool]) -> list[int | None]:
    numbers: list[int | None] = []
    count = 0
    for keep in kept:
        numbers.append(count if keep else None)
        count += keep
    return numbers
