"""What a transfer plan does with layers: which are frozen, and how the others learn."""

from collections.abc import Iterator, Mapping, Sequence

from archdsl.graph.ir import Graph, Step
from archdsl.transfer.plan import Group, Plan
from archdsl.transfer.tables import number

FROZEN = "frozen"


class Learning:
    """How each step of a plan's network learns.

    Attributes:
        ways: for every step, in words, how its tensors learn: none where it has no parameters,
            two where they are in groups that learn differently.
    """

    def __init__(self, plan: Plan) -> None:
        groups = plan.groups
        holders = {path: _words(group) for group in groups for path in group.paths}
        keys = {key: _words(group) for group in groups for key in group.parameters}
        self.ways = [
            tuple(dict.fromkeys(_ways(plan.graph, step, holders, keys)))
            for step in plan.graph.steps
        ]

    def of(self, first: int, end: int) -> tuple[str, ...]:
        """How some steps in a row learn: ``frozen``, ``rate 0.1 from epoch 3``, or several."""
        return tuple(dict.fromkeys(way for ways in self.ways[first:end] for way in ways))


def title(plan: Plan) -> str:
    """A plan as its source begins: ``Flowers of ResNet50``."""
    return f"{plan.name} of {plan.graph.name}"


def _words(group: Group) -> str:
    if group.rate is None:
        return FROZEN
    start = f" from epoch {group.first_epoch}" if group.first_epoch else ""
    return f"rate {number(group.rate)}{start}"


def _ways(
    graph: Graph, step: Step, holders: Mapping[str, str], keys: Mapping[str, str]
) -> Iterator[str]:
    """Of the tensors of a step, or for an extern op of what holds it."""
    path = graph.owner(step).path
    if step.layer.op.family == "extern":
        yield from _first_known(path.split("."), holders)
    for weight in step.layer.weights:
        key = f"{path}.{weight.name}" if weight.name else path
        if key in keys:
            yield keys[key]


def _first_known(parts: Sequence[str], holders: Mapping[str, str]) -> Sequence[str]:
    """What is known of a path, or else of the nearest around it."""
    around = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return [holders[path] for path in around if path in holders][:1]
