"""All that a page knows of a network, as one value for JSON."""

from collections.abc import Collection, Mapping, Sequence

from archdsl.analysis import Analysis
from archdsl.analysis.render import inputs_text, totals_of
from archdsl.backends.diagram.engine import DiagramError
from archdsl.backends.diagram.learning import Learning, title
from archdsl.backends.diagram.page.facts import Describer, Facts, file_of
from archdsl.backends.diagram.page.outline import Part, outline
from archdsl.backends.diagram.page.placing import Places
from archdsl.backends.diagram.page.wires import Wires, Wiring
from archdsl.backends.diagram.style import ORDER, TITLES
from archdsl.diagnostics import Diagnostic
from archdsl.source import Span
from archdsl.transfer.plan import Plan
from archdsl.transfer.schedule import Schedule
from archdsl.transfer.tables import trained

MOST_STEPS = 30_000
"""A browser takes ten seconds to lay out half as many that stand in one row."""


def page_data(
    analysis: Analysis,
    level: str,
    show: Collection[str],
    findings: Mapping[Diagnostic, Sequence[int]],
    plan: Plan | None = None,
) -> Facts:
    """The data of the page of a network.

    Args:
        level: what is open at first.
        show: figures on the nodes.
        findings: what the linter says of the network, each with the steps that have it.
        plan: of transfer learning, which tells frozen and trained parts apart.

    Raises:
        DiagramError: the network is larger than a browser bears.
    """
    steps = len(analysis.graph.steps)
    if steps > MOST_STEPS:
        raise DiagramError(
            f"a page shows up to {MOST_STEPS:,} layers, and {analysis.graph.name} has {steps:,}"
        )
    return _Collector(analysis, findings, plan).data(level, show)


class _Collector:
    def __init__(
        self,
        analysis: Analysis,
        findings: Mapping[Diagnostic, Sequence[int]],
        plan: Plan | None,
    ) -> None:
        self._analysis = analysis
        self._graph = analysis.graph
        self._findings = findings
        self._plan = plan
        self._wires = Wires(self._graph)
        learning = Learning(plan) if plan else None
        self._describer = Describer(analysis, Places(self._graph, findings), learning)
        self._nodes: list[Facts] = []

    def data(self, level: str, show: Collection[str]) -> Facts:
        graph, plan = self._graph, self._plan
        name, doc = (title(plan), plan.doc) if plan else (graph.name, graph.doc)
        parts = outline(graph, self._analysis.live)
        wiring = self._wires.of_network(parts)
        self._nodes.append({"kind": "network", "head": name, "doc": doc})
        self._nodes[0] |= _connections(wiring)
        self._inputs()
        skipping = _skipping(wiring, len(graph.inputs), parts)
        for part, skips in zip(parts, skipping, strict=True):
            self._part(part, 0, "", skips)
        self._outputs()
        findings = [self._finding(finding) for finding in self._findings]
        used = {node["family"] for node in self._nodes[1:]}
        return {
            "name": name,
            "file": file_of((plan or graph).span),
            "inputs": inputs_text(self._analysis),
            "level": level,
            "show": list(show),
            "totals": self._totals(),
            "params": self._analysis.params,
            "macs": self._analysis.macs,
            "map": self._map(),
            "kinds": [[kind, TITLES[kind]] for kind in ORDER if kind in used],
            "shapes": [self._shape(value) for value in range(len(graph.types))],
            "lines": self._describer.lines.entries,
            "layers": self._describer.layers.entries,
            "findings": findings,
            "nodes": self._nodes,
        }

    def _part(self, part: Part, parent: int, outer: str, skipping: frozenset[int]) -> None:
        own = len(self._nodes)
        facts = self._describer.part(part, outer) | {"parent": parent}
        self._nodes.append(facts)
        if not part.members:
            return
        wiring = self._wires.within(part, skipping)
        facts |= _connections(wiring)
        inner = self._graph.instances[part.scopes[-1]].path if part.scopes else outer
        skips_of = _skipping(wiring, len(wiring.reads), part.members)
        for member, skips in zip(part.members, skips_of, strict=True):
            self._part(member, own, inner, skips)

    def _inputs(self) -> None:
        for given in self._graph.inputs:
            self._end("input", given.name, given.value, given.span, {"gives": [given.value]})

    def _outputs(self) -> None:
        for output in self._graph.outputs:
            facts: Facts = {"reads": [output.value]}
            facts |= {"training": True} if output.training else {}
            self._end("output", output.name, output.value, output.span, facts)

    def _end(self, kind: str, name: str, value: int, span: Span, facts: Facts) -> None:
        """An input or output of the network."""
        own: Facts = {"kind": kind, "family": kind, "head": name, "path": name, "parent": 0}
        line = {"line": self._describer.line(span)}
        self._nodes.append(own | facts | line | self._describer.field(value))

    def _finding(self, finding: Diagnostic) -> Facts:
        return {
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "help": finding.help,
            "line": self._describer.line(finding.span),
            "instances": [finding.hits, finding.instances],
        }

    def _totals(self) -> list[tuple[str, str]]:
        totals = list(totals_of(self._analysis))
        if self._plan:
            totals.append(trained(Schedule(self._plan, self._analysis)))
        return totals

    def _map(self) -> list[int]:
        """The spatial sizes of the input that receptive fields are drawn on."""
        for given in self._graph.inputs:
            shape = self._analysis.shape(given.value)
            if shape is not None and self._graph.types[given.value].rank:
                return list(shape[len(shape) - self._graph.types[given.value].rank :])
        return []

    def _shape(self, value: int) -> str:
        """``64 × 56 × 56``; symbolic where a size has no value."""
        shape = self._analysis.shape(value)
        return " × ".join(map(str, self._graph.types[value].shape if shape is None else shape))


def _connections(wiring: Wiring) -> Facts:
    """The connections within a part: source, target, value, whether it is a skip. Those of plain
    chains, which most parts are, go without saying.
    """
    last = max((wire.target for wire in wiring.wires), default=0)
    chain = [(place, place + 1, False) for place in range(last)]
    is_chain = [(wire.source, wire.target, wire.skip) for wire in wiring.wires] == chain
    if is_chain and len(wiring.reads) == len(wiring.gives) == 1:
        return {}
    return {
        "wires": [[wire.source, wire.target, wire.value, int(wire.skip)] for wire in wiring.wires],
    }


def _skipping(wiring: Wiring, first: int, parts: Sequence[Part]) -> list[frozenset[int]]:
    """For each part, the values that come to it or leave it by skips alone.

    Args:
        first: the place of the first part among what is connected.
    """
    skips: list[set[int]] = [set() for _ in parts]
    others: list[set[int]] = [set() for _ in parts]
    for wire in wiring.wires:
        for place in (wire.source - first, wire.target - first):
            if 0 <= place < len(parts):
                (skips if wire.skip else others)[place].add(wire.value)
    return [frozenset(own - rest) for own, rest in zip(skips, others, strict=True)]
