"""The shapes of Graphviz that tell kinds of nodes apart, and how large they are."""

from collections.abc import Mapping, Sequence

from archdsl.backends.diagram.metrics import text_width
from archdsl.backends.diagram.records import Node
from archdsl.records import NamedTuple

TYPE, SMALL = 12, 10
"""Sizes of type, in points."""


class Shape(NamedTuple):
    """How a kind of node looks.

    Attributes:
        attributes: of DOT.
        style: what is added to its style.
        room: of a shape with slanted sides, how much wider than its text it is.
    """

    attributes: str
    style: str = ""
    room: float = 0.0


SHAPES: Mapping[str, Shape] = {
    "input": Shape("shape=box", "rounded"),
    "output": Shape("shape=box", "rounded"),
    "block": Shape('shape=box3d, margin="0.16,0.09"'),
    "conv": Shape("shape=box"),
    "linear": Shape("shape=hexagon", room=1.45),
    "attention": Shape("shape=component"),
    "norm": Shape("shape=box", "rounded"),
    "activation": Shape("shape=ellipse", room=1.4),
    "pool": Shape("shape=polygon, sides=4, distortion=0.25", room=1.2),
    "resample": Shape("shape=polygon, sides=4, distortion=-0.25", room=1.35),
    "merge": Shape("shape=ellipse, peripheries=2", room=1.35),
    "shape": Shape("shape=polygon, sides=4, skew=0.2", room=1.25),
    "regularise": Shape("shape=octagon", room=1.2),
    "extern": Shape("shape=note"),
}


def size(node: Node, large: Sequence[str], small: Sequence[str]) -> str:
    """The attributes of a node's size where Graphviz would choose a poor one; else "".

    Args:
        large, small: its lines of text in either size of type.
    """
    if node.kind == "merge" and len(node.head) == 1 and not node.tail and not small:
        return ", peripheries=1, width=0.32, height=0.32, fixedsize=true"
    room = SHAPES[node.kind].room
    if not room:
        return ""
    widths = [
        *(text_width(text, TYPE) for text in large),
        *(text_width(text, SMALL) for text in small),
    ]
    height = (1.2 * (TYPE * len(large) + SMALL * len(small)) + 8) / 72
    return f", width={max(widths) * room + 0.1:.2f}, height={height:.2f}, fixedsize=true"
