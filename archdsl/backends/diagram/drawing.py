"""From a graph to the drawing of it: names, labels, figures, and who is connected with whom."""

from collections.abc import Collection, Iterable, Iterator

from archdsl.analysis import Analysis
from archdsl.analysis.render import scaled
from archdsl.analysis.table import described, joined
from archdsl.annotations import TypeAlias
from archdsl.backends.diagram.figures import (
    field_text,
    macs_text,
    params_of,
    params_text,
    shape_text,
)
from archdsl.backends.diagram.grouping import Frame, Group, Grouping, Item
from archdsl.backends.diagram.labels import Template
from archdsl.backends.diagram.learning import FROZEN, Learning, title
from archdsl.backends.diagram.levels import items_at
from archdsl.backends.diagram.nesting import nested
from archdsl.backends.diagram.records import Cluster, Drawing, Edge, Member, Node, nodes_of
from archdsl.backends.diagram.routes import routes
from archdsl.backends.diagram.sharing import Sharing
from archdsl.backends.diagram.wording import MOST_LISTED, SYMBOLS, content, typeset
from archdsl.graph.ir import Step
from archdsl.transfer.plan import Plan
from archdsl.transfer.schedule import Schedule

FIGURES = ("params", "macs", "field")
"""What nodes can show besides their op."""

Flow: TypeAlias = tuple[str, str, int]
"""The node that gives a value, the node that reads it, and the value."""


def drawing(
    analysis: Analysis,
    level: str,
    show: Collection[str] = (),
    direction: str = "TB",
    label: Template | None = None,
    plan: Plan | None = None,
) -> Drawing:
    """The drawing of a network at a level of detail.

    Args:
        level: one of `LEVELS`.
        show: the figures on each node, of `FIGURES`.
        direction: that it is meant for, ``TB`` or ``LR``, which says how much there is room for.
        label: what stands on nodes of layers and blocks, in place of op and name.
        plan: of transfer learning, which tells frozen and trained parts apart.
    """
    return _Draughtsman(analysis, show, label, plan).drawing(level, direction)


class _Draughtsman:
    def __init__(
        self,
        analysis: Analysis,
        show: Collection[str],
        label: Template | None,
        plan: Plan | None,
    ) -> None:
        self._analysis = analysis
        self._graph = analysis.graph
        self._show = show
        self._label = label
        self._sharing = Sharing(self._graph)
        self._plan = plan
        self._learning = Learning(plan) if plan else None
        ways = self._learning.ways if self._learning else None
        self._grouping = Grouping(self._graph, analysis.live, ways)
        self._ids: dict[str, int] = {}
        self._makers: dict[int, str] = {}
        """The node that each value comes from."""
        self._order: list[str] = []
        """Nodes in order of execution."""
        self._inputs: list[str] = []
        self._outputs: list[str] = []
        self._training: set[str] = set()
        self._sums: set[str] = set()
        self._pieces: set[str] = set()
        self._inside_shared = False
        self._said: tuple[str, ...] = ()
        """What a frame around says of how all within it learns."""
        self._hidden: set[int] = set()
        """Steps of repeats that are not drawn."""

    def drawing(self, level: str, direction: str) -> Drawing:
        graph = self._graph
        items = items_at(level, graph, self._grouping, nested(graph), direction)
        inputs = [self._input(number) for number in range(len(graph.inputs))]
        members = [self._member(item, "") for item in items]
        outputs = [self._output(number) for number in range(len(graph.outputs))]
        drawn = (*inputs, *members, *outputs)
        plan = self._plan
        name, doc = (title(plan), plan.doc) if plan else (graph.name, graph.doc)
        return Drawing(name, self._subtitle(), doc, drawn, self._edges(drawn))

    def _subtitle(self) -> str:
        analysis = self._analysis
        figures = [f"{scaled(analysis.params)} parameters"]
        if self._plan:
            trained = Schedule(self._plan, analysis).trainable_params
            figures.append(f"{scaled(trained).strip()} of them trained")
        if analysis.macs is not None:
            figures.append(f"{scaled(analysis.macs)} MACs")
        sizes = ", ".join(f"{name}={size}" for name, size in self._graph.sizes.items())
        return ", ".join(figures) + (f" at {sizes}" if sizes else "")

    # --- nodes and clusters -----------------------------------------------------------------------

    def _member(self, item: Item, outer: str) -> Member:
        if isinstance(item, Frame):
            return self._cluster(item, outer)
        return self._node(item, outer)

    def _cluster(self, frame: Frame, outer: str) -> Cluster:
        instances = [self._graph.instances[number] for number in frame.scopes]
        path = instances[-1].path
        name = self._relative(path, outer)
        if frame.repeats > 1:
            name = joined(name, self._relative(self._last_path(frame), outer))
        definition = next((found.definition for found in instances if found.definition), "")
        own = self._unique(f"cluster_{path}")
        outside = self._inside_shared
        self._inside_shared = outside or self._sharing.uses(frame) is not None
        notes = (*self._notes_of_sharing(frame), *self._notes_of_learning(frame))
        around, said = self._said, self._learns(frame)
        self._said = said if len(said) == 1 else around
        members = tuple(self._member(item, path) for item in frame.members)
        self._inside_shared, self._said = outside, around
        self._fold(frame)
        return Cluster(
            own,
            definition,
            name,
            frame.repeats,
            notes,
            self._tooltip(frame),
            self._is_training(frame),
            members,
        )

    def _node(self, group: Group, outer: str) -> Node:
        steps = self._graph.steps[group.first : group.end]
        if group.scopes:
            path = self._graph.instances[group.scopes[0]].path
            name = self._relative(path, outer)
            if group.repeats > 1 and len(group.scopes) == 1:
                name = joined(name, self._relative(self._last_path(group), outer))
        else:
            path = steps[0].path
            name = self._span(group, outer) if steps[0].name or group.closed else ""
        if group.closed:
            kind, head, tail = "block", content(self._graph, group.scopes, steps), ""
        else:
            kind, head, tail = _fused(steps)
        notes = tuple(self._notes(group))
        own = self._unique(path)
        self._order.append(own)
        if group.closed and not group.scopes:
            self._pieces.add(own)
        if head in SYMBOLS.values():
            self._sums.add(own)
        elif self._label is not None:
            head, *more = self._label.filled(self._analysis, group, name)
            name, tail, notes = "", "", (*more, *notes)
        for step in self._graph.steps[group.first : group.last]:
            for value in step.outputs:
                self._makers[value] = own
        is_training = self._is_training(group)
        if is_training:
            self._training.add(own)
        return Node(
            own,
            kind,
            head,
            tail,
            name,
            group.repeats,
            notes,
            self._tooltip(group),
            is_training,
            self._learns(group) == (FROZEN,),
        )

    def _span(self, group: Group, outer: str) -> str:
        """The name of layers in a row: those of a numbered level or of a piece as a range."""
        steps = self._graph.steps[group.first : group.last]
        if group.closed:
            return joined(*(steps[place].path.partition(".")[0] for place in (0, -1)))
        name = self._relative(steps[0].path, outer)
        is_numbered = len(steps) > 1 and all(step.name.isdigit() for step in steps)
        return joined(name, steps[-1].name) if is_numbered else name

    def _input(self, number: int) -> Node:
        given = self._graph.inputs[number]
        own = self._unique(f"in:{given.name}")
        self._order.append(own)
        self._inputs.append(own)
        self._makers[given.value] = own
        shape = self._shape(given.value)
        return Node(own, "input", given.name, "", "", 1, (shape,), f"input {given.name}", False)

    def _output(self, number: int) -> Node:
        output = self._graph.outputs[number]
        own = self._unique(f"out:{output.name}")
        self._order.append(own)
        self._outputs.append(own)
        if output.training:
            self._training.add(own)
        when = " (in training only)" if output.training else ""
        return Node(
            own,
            "output",
            output.name,
            "",
            "",
            1,
            (self._shape(output.value),),
            f"output {output.name}{when}",
            output.training,
        )

    # --- texts ------------------------------------------------------------------------------------

    def _notes_of_sharing(self, item: Item) -> Iterator[str]:
        uses = self._sharing.uses(item)
        # Within a shared block everything is: its frame says so.
        if uses and not (self._inside_shared and isinstance(item, Group)):
            yield "shared ({} of {})".format(*uses)

    def _learns(self, item: Item) -> tuple[str, ...]:
        return self._learning.of(item.first, item.last) if self._learning else ()

    def _notes_of_learning(self, item: Item) -> Iterator[str]:
        """How all within an item learns; of a frame, only where it is the same for all."""
        learns = self._learns(item)
        if learns == self._said:
            return
        if not isinstance(item, Frame):
            yield from filter(None, [", ".join(learns)])
        elif len(learns) == 1:
            # In short lines: that is the room there is.
            rate, _, start = learns[0].partition(" from ")
            yield rate
            yield from [f"from {start}"] if start else []

    def _notes(self, item: Item) -> Iterator[str]:
        yield from self._notes_of_sharing(item)
        yield from self._notes_of_learning(item)
        steps = self._graph.steps[item.first : item.last]
        texts = []
        if "params" in self._show and (params := params_text(steps)):
            texts.append(f"{params} params")
        if "macs" in self._show and (macs := macs_text(self._analysis, steps)):
            texts.append(f"{macs} MACs")
        if "field" in self._show and (field := field_text(self._analysis, steps)):
            texts.append(f"field {field}")
        if texts:
            yield ", ".join(texts)

    def _tooltip(self, item: Item) -> str:
        graph = self._graph
        steps = graph.steps[item.first : item.last]
        if item.scopes:
            docs = [graph.instances[number].doc for number in item.scopes]
            first = [graph.instances[item.scopes[0]].path, *filter(None, docs)]
        else:
            first = [step.path for step in steps[:1]]
        if len(steps) <= MOST_LISTED:
            first += [described(step.layer) for step in steps]
        reads = ", ".join(dict.fromkeys(self._type_text(value) for value in steps[0].inputs))
        gives = self._type_text(steps[-1].outputs[-1])
        params = params_of(steps)
        first.append(f"{reads} to {gives}")
        if params:
            first.append(f"{params:,} parameters")
        return "\n".join(first)

    def _shape(self, value: int) -> str:
        return shape_text(self._analysis, value)

    def _type_text(self, value: int) -> str:
        shape = self._analysis.shape(value)
        return str(self._graph.types[value] if shape is None else list(shape))

    def _relative(self, path: str, outer: str) -> str:
        """A path within a cluster; in full where it is declared elsewhere."""
        return path.removeprefix(f"{outer}.") if outer else path

    def _unique(self, path: str) -> str:
        """An id for a path; later uses of a shared layer have the path of the first one."""
        count = self._ids[path] = self._ids.get(path, 0) + 1
        return path if count == 1 else f"{path}@{count}"

    def _is_training(self, item: Item) -> bool:
        return not any(self._analysis.live[item.first : item.last])

    def _last_path(self, item: Item) -> str:
        """The path of the last repeat."""
        length = item.end - item.first
        depth = item.scopes[-1]
        start = self._graph.instances[depth].steps[0] - item.first
        range_ = (item.last - length + start, item.last - length + start + length)
        for instance in self._graph.instances:
            if instance.steps == range_ and instance.definition == (
                self._graph.instances[depth].definition
            ):
                return instance.path
        return self._graph.instances[depth].path

    # --- edges ------------------------------------------------------------------------------------

    def _fold(self, frame: Frame) -> None:
        """Let what comes out of a later repeat come out of the one that is drawn."""
        steps = self._graph.steps
        length = frame.end - frame.first
        for number in range(frame.end, frame.last):
            twin = steps[frame.first + (number - frame.first) % length]
            for value, same in zip(steps[number].outputs, twin.outputs, strict=True):
                self._makers[value] = self._makers[same]
            self._hidden.add(number)

    def _edges(self, members: tuple[Member, ...]) -> tuple[Edge, ...]:
        flows = list(self._single(dict.fromkeys(self._flows())))
        place = {own: number for number, own in enumerate(self._order)}
        pairs = [(place[source], place[target]) for source, target, _ in flows]
        nodes = list(nodes_of(members))
        sums = {place[own] for own in self._sums}
        passing = {place[node.id] for node in nodes if node.kind == "shape"}
        norms = {place[node.id] for node in nodes if node.kind == "norm"}
        main, skips = routes(len(place), pairs, sums, passing, place[self._outputs[0]], norms)
        shown = self._labelled(
            [flow for flow, pair in zip(flows, pairs, strict=True) if pair not in skips]
        )
        return tuple(
            [
                Edge(
                    *(
                        source,
                        target,
                        self._shape(value) if (source, target, value) in shown else "",
                    ),
                    skip=pair in skips,
                    main=main.issuperset(pair) and pair not in skips,
                    training=not self._training.isdisjoint((source, target)),
                    value=value,
                )
                for (source, target, value), pair in zip(flows, pairs, strict=True)
            ]
        )

    def _single(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """Of all values between two pieces the first."""
        joined: set[tuple[str, str]] = set()
        for flow in flows:
            ends = flow[:2]
            if ends not in joined:
                yield flow
            if not self._pieces.isdisjoint(ends):
                joined.add(ends)

    def _labelled(self, flows: list[Flow]) -> set[Flow]:
        """Where shapes are written: once for each that a node has changed.

        Inputs and outputs have their own, and a skip joins values whose shapes are written.
        """
        entering: dict[str, set[str]] = {}
        for _, target, value in flows:
            entering.setdefault(target, set()).add(self._shape(value))
        chosen: dict[int, Flow] = {}
        for flow in flows:
            source, target, value = flow
            is_plain = target in self._outputs or source in self._inputs
            if not is_plain and self._shape(value) not in entering.get(source, ()):
                chosen.setdefault(value, flow)
        return set(chosen.values())

    def _flows(self) -> Iterator[Flow]:
        """Every value on its way: the node that gives it, the node that reads it."""
        graph = self._graph
        for number, step in enumerate(graph.steps):
            target = self._makers[step.outputs[0]]
            for value in step.inputs:
                source = self._makers[value]
                if number not in self._hidden and source != target:
                    yield source, target, value
        for own, output in zip(self._outputs, graph.outputs, strict=True):
            yield self._makers[output.value], own, output.value


def _fused(steps: tuple[Step, ...]) -> tuple[str, str, str]:
    """Kind, head and tail of a node of layers."""
    first = steps[0]
    texts = [typeset(step) for step in steps]
    return first.layer.op.family, texts[0], ", ".join(texts[1:])
