"""A checked plan of transfer learning: what lint, summaries and backends read.

Epochs count from 0, as in `for epoch in range(epochs)`.
"""

from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple
from archdsl.source import Span


class Group(NamedTuple):
    """Parameters that learn alike.

    Attributes:
        name: unique in the plan; `fc`, `layer4`, `rest`, `layer3_0`.
        paths: the shortest paths of layers and blocks that together hold exactly the group's
            parameters, those of extern ops included, in the network's order.
        parameters: the keys of its parameters in the state dict, in the network's order. Buffers
            are none; what modules of extern ops hold is not known.
        rate: times the base rate; None where the group is frozen.
        first_epoch: from which epoch on it learns; 0 where it is frozen.
        span: the call that made it: `train`, `freeze` or `strategy`.
    """

    name: str
    paths: tuple[str, ...]
    parameters: tuple[str, ...]
    rate: float | None
    first_epoch: int
    span: Span


class Weights(NamedTuple):
    """The weights that a plan starts from.

    Attributes:
        file: as the source has it.
        path: that, from the folder of the source file.
        replaced: paths of layers that start anew: the file need not have them. Layers that the file
            alone has may be among them.
    """

    file: str
    path: str
    replaced: tuple[str, ...]
    span: Span


class Dataset(NamedTuple):
    """What is learned from: how many images, and whether they are like those before.

    Attributes:
        domain: "similar" or "different", None where the plan does not say.
    """

    images: int
    domain: str | None
    span: Span


class Plan(NamedTuple):
    """A plan without errors.

    Attributes:
        graph: the network, with the arguments that follow `of`.
        epochs: how long it is trained, where the plan says so.
        strategy: the name of the strategy that made the groups, if one did.
        groups: every parameter of the network is in exactly one. In the order of the source; what
            one call expands to goes from the head to the stem.
        span: the plan's name.
    """

    name: str
    doc: str
    graph: Graph
    weights: Weights | None
    dataset: Dataset | None
    epochs: int | None
    strategy: str | None
    groups: tuple[Group, ...]
    span: Span
