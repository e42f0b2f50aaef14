"""What stands on nodes: layers and closed blocks as papers write them."""

import re
from collections.abc import Sequence

from archdsl.analysis.table import described
from archdsl.graph.ir import Graph, Step

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
        scopes: the instances that are drawn as this node, outermost first.
        steps: what they execute.
    """
    instances = [graph.instances[number] for number in scopes]
    for instance in instances:
        if instance.definition:
            return instance.definition
    members = instances[-1].members
    definitions = {graph.instances[~member].definition for member in members if member < 0}
    if len(definitions) == 1 and all(member < 0 for member in members):
        (definition,) = definitions
        if definition:
            return f"{definition} ×{len(members)}" if len(members) > 1 else definition
    if len(steps) <= MOST_LISTED:
        return ", ".join(typeset(step) for step in steps)
    return f"{len(steps)} layers"
