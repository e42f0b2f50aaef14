"""One transfer plan as rules look at it: what becomes of each layer, and the network around it."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from archdsl.analysis import Analysis
from archdsl.graph.ir import Step
from archdsl.lint.net import NORMS, Net
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.transfer.plan import Group, Plan
from archdsl.transfer.tree import Tree, Unit, source_form


class Part(NamedTuple):
    """A layer of the network that has tensors.

    Attributes:
        number: its place in the order of the state dict.
        unit, step: its keys, and the step that owns it.
        group: what the plan makes of it.
        new: whether it starts anew: the plan's weights need not have it.
    """

    number: int
    unit: Unit
    step: Step
    group: Group
    new: bool

    @property
    def frozen(self) -> bool:
        return self.group.rate is None

    @property
    def is_norm(self) -> bool:
        return self.step.layer.op.name in NORMS

    @property
    def learns_features(self) -> bool:
        """Whether it has parameters other than a norm's, which follow what lies before them."""
        return self.unit.learns and not self.is_norm

    @property
    def reads_map(self) -> bool:
        """Whether its input has more than one position."""
        return any(size != 1 for size in self.step.layer.inputs[0].shape[1:])


class Planned:
    """A plan without errors, and its layers."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @property
    def features(self) -> frozenset[str]:
        """Which of the calls it has that a plan may do without."""
        stated = {
            "weights": self.plan.weights,
            "dataset": self.plan.dataset,
            "epochs": self.plan.epochs,
        }
        return frozenset(name for name, value in stated.items() if value is not None)

    @cached_property
    def net(self) -> Net:
        return Net(Analysis(self.plan.graph))

    @cached_property
    def _tree(self) -> Tree:
        return Tree(self.plan.graph)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The layers that are in a group, in order of execution."""
        tree, plan = self._tree, self.plan
        new = set(self._units(plan.weights.replaced if plan.weights else ()))
        found = []
        for group in plan.groups:
            for number in self._units(group.paths):
                unit = tree.units[number]
                step = plan.graph.steps[unit.step]
                found.append(Part(number, unit, step, group, number in new))
        return tuple(sorted(found, key=lambda part: part.unit.step))

    @cached_property
    def part_of(self) -> dict[int, Part]:
        """The layers by the number of the step that owns them."""
        return {part.unit.step: part for part in self.parts}

    @cached_property
    def heads(self) -> frozenset[int]:
        """The numbers of the layers of heads: those with none behind them but norms, and those
        behind the last map.
        """
        steps = self.plan.graph.steps
        maps = any(part.learns_features and part.reads_map for part in self.parts)
        leads_to_layer = [False] * len(self.plan.graph.types)
        leads_to_map = [False] * len(self.plan.graph.types)
        inner = set()
        for number in range(len(steps) - 1, -1, -1):
            step = steps[number]
            part = self.part_of.get(self.net.owner(step))
            layer = any(leads_to_layer[value] for value in step.outputs)
            map_ = any(leads_to_map[value] for value in step.outputs)
            if part is not None:
                if map_ or (layer and (part.reads_map or not maps)):
                    inner.add(part.number)
                if part.learns_features:
                    layer, map_ = True, map_ or part.reads_map
            for value in step.inputs:
                leads_to_layer[value] |= layer
                leads_to_map[value] |= map_
        return frozenset(part.number for part in self.parts if part.number not in inner)

    def _units(self, paths: Iterable[str]) -> Iterator[int]:
        """The numbers of the layers at these paths; at some there may be one in a file alone."""
        for path in paths:
            if path in self._tree.nodes:
                yield from self._tree.nodes[path].units

    def paths(self, parts: Iterable[Part]) -> list[str]:
        """The shortest paths of some layers, as the source writes them."""
        return list(map(source_form, self._tree.paths({part.number for part in parts})))

    def place(self, part: Part) -> str:
        """The path of the layer or block of a group that a layer is in, as the source writes it."""
        path = part.unit.path
        around = (one for one in part.group.paths if f"{path}.".startswith(f"{one}."))
        return source_form(next(around, path))

    def blocks(self, part: Part) -> Iterator[int]:
        """The numbers of the block instances around a layer."""
        instances = self.plan.graph.instances
        number: int | None = part.step.parent
        while number is not None:
            if instances[number].kind == "block":
                yield number
            number = instances[number].parent

    def layer_before(self, part: Part) -> Part | None:
        """The layer with tensors whose result one reads, directly or past what leaves values as
        they are; None for any other.
        """
        before = self.net.maker(part.step.inputs[0])
        return None if before is None else self.part_of.get(self.net.owner(before))


def by_statement(parts: Iterable[Part]) -> Iterator[tuple[Span, list[Part]]]:
    """Layers by the calls that made their groups, in the order of the source."""
    found: dict[Span, list[Part]] = {}
    for part in parts:
        found.setdefault(part.group.span, []).append(part)
    yield from sorted(found.items(), key=lambda entry: entry[0].start)


def params(parts: Iterable[Part]) -> int:
    """How many parameters layers have, those of extern ops included."""
    return sum(part.step.layer.params for part in parts)
