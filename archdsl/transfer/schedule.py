"""What a plan trains, and when: the figures of its summary.

The MACs of what is trained are those of the layers with parameters that learn, for one sample in
evaluation mode.
"""

from archdsl.analysis import Analysis
from archdsl.records import NamedTuple
from archdsl.transfer.plan import Group, Plan
from archdsl.transfer.tree import Tree


class Figures(NamedTuple):
    """Of some layers. `macs` is None where they depend on a size without a value."""

    params: int
    macs: int | None


class Phase(NamedTuple):
    """The epochs from one change on to the next.

    Attributes:
        starts: the groups that begin to learn.
        trained: of all groups that learn.
    """

    first_epoch: int
    starts: tuple[Group, ...]
    trained: Figures


class Schedule:
    """The figures of one plan; `analysis` is that of its network, where it is at hand."""

    def __init__(self, plan: Plan, analysis: Analysis | None = None) -> None:
        self.plan = plan
        self.analysis = analysis or Analysis(plan.graph)
        self._tree = Tree(plan.graph)
        self._macs = self._macs_of_units()

    def figures(self, group: Group) -> Figures:
        """The parameters and MACs of a group."""
        units = [unit for path in group.paths for unit in self._tree.nodes[path].units]
        steps = self.plan.graph.steps
        params = sum(steps[self._tree.units[unit].step].layer.params for unit in units)
        macs = [self._macs[unit] for unit in units]
        known = [count for count in macs if count is not None]
        return Figures(params, sum(known) if len(known) == len(macs) else None)

    def phases(self) -> tuple[Phase, ...]:
        """The epochs at which something changes, and what is trained from then on.

        Groups that would begin after the last epoch of the plan never do.
        """
        last = self.plan.epochs
        learning = [
            group
            for group in self.plan.groups
            if group.rate is not None and (last is None or group.first_epoch < last)
        ]
        found = []
        for epoch in sorted({group.first_epoch for group in learning}):
            starts = tuple([group for group in learning if group.first_epoch == epoch])
            trained = [self.figures(group) for group in learning if group.first_epoch <= epoch]
            macs = [figures.macs for figures in trained if figures.macs is not None]
            total = sum(macs) if len(macs) == len(trained) else None
            params = sum(figures.params for figures in trained)
            found.append(Phase(epoch, starts, Figures(params, total)))
        return tuple(found)

    @property
    def trainable_params(self) -> int:
        """Elements of the parameters that learn at the end."""
        phases = self.phases()
        return phases[-1].trained.params if phases else 0

    def _macs_of_units(self) -> list[int | None]:
        """The MACs of all uses of each unit."""
        graph, analysis = self.plan.graph, self.analysis
        place = {unit.step: number for number, unit in enumerate(self._tree.units)}
        found: list[int | None] = [0] * len(place)
        for number, (step, live) in enumerate(zip(graph.steps, analysis.live, strict=True)):
            unit = place.get(number if step.use_of is None else step.use_of)
            if live and unit is not None:
                known, own = found[unit], analysis.macs_of(step.layer)
                found[unit] = None if known is None or own is None else known + own
        return found
