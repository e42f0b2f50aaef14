"""What stands on nodes: layers and closed blocks as papers write them."""

import re
from collections.abc import Mapping, Sequence

from archdsl.analysis.table import described
from archdsl.graph.ir import Graph, Instance, Step
from archdsl.graph.text import value_text
from archdsl.ops.base import REQUIRED, Layer, SameAs

SYMBOLS = {"add": "+", "mul": "×"}
"""The merges that a sign stands for."""

MOST_LISTED = 3
"""A closed level of so many layers lists them."""


def typeset(step: Step) -> str:
    """A layer as papers write it: ``conv 3×3 /2``, and the sign of a sum."""
    return SYMBOLS.get(step.layer.op.name) or times(described(step.layer))


def times(text: str) -> str:
    """A text with the sign between sizes: ``3x3`` as ``3×3``."""
    return re.sub(r"(?<=[\d ])x(?=\d)", "×", text)


def content(graph: Graph, scopes: Sequence[int], steps: Sequence[Step]) -> str:
    """What a closed node says: its definition, or what the level holds.

    Args:
        scopes: the instances that are drawn as this node, outermost first; none for a piece of
            a body.
        steps: what they execute.
    """
    instances = [graph.instances[number] for number in scopes]
    for instance in instances:
        if instance.definition:
            return instance.definition
    members = instances[-1].members if instances else ()
    definitions = {graph.instances[~member].definition for member in members if member < 0}
    if len(definitions) == 1 and all(member < 0 for member in members):
        (definition,) = definitions
        if definition:
            return f"{definition} ×{len(members)}" if len(members) > 1 else definition
    if len(steps) <= MOST_LISTED:
        return ", ".join(typeset(step) for step in steps)
    return f"{len(steps)} layers"


def arguments(layer: Layer) -> str:
    """The arguments of an op as its source may have them: ``64, 7, stride=2``.

    Those that every call has, and a kernel behind them, by position; of the others those that are
    not the op's own defaults.
    """
    args = layer.args
    found = []
    by_position = True
    for parameter in layer.op.parameters:
        value = value_text(args[parameter.name])
        by_position = by_position and (parameter.default is REQUIRED or parameter.name == "kernel")
        default = parameter.default
        if isinstance(default, SameAs):
            default = args[default.parameter]
        if by_position:
            found.append(value)
        elif value != value_text(default) and not (default == "same" and _keeps_size(args)):
            found.append(f"{parameter.name}={value}")
    return ", ".join(found)


def _keeps_size(args: Mapping[str, object]) -> bool:
    """Whether the pads are those of ``pad=same``."""
    kernel, pad, dilation = args["kernel"], args["pad"], args.get("dilation")
    if not (isinstance(kernel, tuple) and isinstance(pad, tuple) and isinstance(dilation, tuple)):
        return False
    reach = [step * (size - 1) for size, step in zip(kernel, dilation, strict=True)]
    return all(
        sides == (along // 2, along // 2) and along % 2 == 0
        for sides, along in zip(pad, reach, strict=True)
    )


def block_arguments(instance: Instance) -> str:
    """The arguments of a block: ``width=64, stride=2``."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in instance.args)
