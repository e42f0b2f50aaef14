"""Where in a network findings and shared layers are."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from archdsl.backends.diagram.page.outline import Part
from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph


class Places:
    """The steps of one network at which something is to be said."""

    def __init__(self, graph: Graph, findings: Mapping[Diagnostic, Sequence[int]]) -> None:
        """`findings` has the steps of each in order; none where it is about the network."""
        self._graph = graph
        self._findings = list(enumerate(findings.values()))

    def findings_of(self, part: Part) -> list[int]:
        """The numbers of the findings in a part."""
        return [
            number
            for number, steps in self._findings
            if bisect_left(steps, part.first) < bisect_left(steps, part.end)
        ]

    def use_of(self, part: Part) -> tuple[int, int] | None:
        """Which use of how many a shared layer or block is."""
        instances = self._graph.instances
        for number in part.scopes:
            found = _use(number, [instance.use_of for instance in instances])
            if found:
                return found
        if part.kind != "layer":
            return None
        return _use(part.first, [step.use_of for step in self._graph.steps])


def _use(number: int, owners: Sequence[int | None]) -> tuple[int, int] | None:
    """The place of a use among all of the same owner, from 1, and how many there are."""
    owner = number if owners[number] is None else owners[number]
    uses = [place for place, other in enumerate(owners) if other == owner or place == owner]
    return (uses.index(number) + 1, len(uses)) if len(uses) > 1 else None
