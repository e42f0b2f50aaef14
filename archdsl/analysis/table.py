"""The rows of a summary: the instance tree down to a depth, alike neighbours in one row."""

from functools import cached_property

from archdsl.analysis.alike import Run, runs, signatures_of
from archdsl.analysis.figures import Analysis, PerAxis
from archdsl.ops.base import Layer
from archdsl.records import NamedTuple

MOST_ROWS = 50
"""Without a depth, a table goes as deep as it can with so many rows: it should fit a terminal."""

MOST_LISTED = 3
"""A closed level of so many layers lists them in its row."""


class Row(NamedTuple):
    """A layer, an instance, or several alike instances.

    Attributes:
        level: 0 for a member of the network itself.
        label: its name within the level; for a run, those of the first and the last.
        what: the op with its kernel and stride, or the block.
        shape: of the result; of a run, the last result.
        params, macs: of a run, the total.
        repeats: instances in the row.
        uses: applications, for a shared layer.
        training: whether it runs in training mode only.
    """

    level: int
    label: str
    what: str
    shape: tuple[int, ...] | None
    params: int
    macs: int | None
    receptive_field: PerAxis
    stride: PerAxis
    repeats: int = 1
    uses: int = 1
    training: bool = False


class LayerRow(NamedTuple):
    """A layer for machines: `inputs` and `output` are shapes, `block` is what holds it."""

    path: str
    op: str
    block: str
    inputs: tuple[tuple[int, ...] | None, ...]
    output: tuple[int, ...] | None
    params: int
    macs: int | None
    receptive_field: PerAxis
    stride: PerAxis
    line: int


class _Cost(NamedTuple):
    params: int
    macs: int | None
    live: bool


class Table:
    """The rows of one network."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._graph = analysis.graph

    def rows(self, depth: int | None = None, fold: bool = True, within: int = 0) -> list[Row]:
        """The rows of an instance, levels from 0 up to but not including `depth`.

        Without a depth: as many levels as fit into `MOST_ROWS`, at least one.
        """
        signatures = self._signatures if fold else None
        limit = self._deepest(signatures, within) if depth is None else depth
        found = []
        pending = [(run, "", 0) for run in runs(self._graph, within, signatures)][::-1]
        while pending:
            run, prefix, level = pending.pop()
            opened = level + 1 < limit
            found.append(self._row(run, prefix, level, opened))
            if opened:
                outer, inner = self._inside(run, signatures)
                pending += [(below, outer, level + 1) for below in inner][::-1]
        return found

    def layers(self) -> list[LayerRow]:
        """Every named layer in the order of the state dict, nothing folded."""
        analysis, graph = self._analysis, self._graph
        found = []
        for index, step in graph.layers():
            if not step.name:
                continue
            value = step.outputs[0]
            cost = self._steps[index]
            found.append(
                LayerRow(
                    step.path,
                    step.layer.op.name,
                    self._block(step.parent),
                    tuple(analysis.shape(read) for read in step.inputs),
                    analysis.shape(value),
                    cost.params,
                    cost.macs,
                    analysis.field_size(value),
                    analysis.field_stride(value),
                    step.origin.span.line,
                )
            )
        return found

    # --- one row ----------------------------------------------------------------------------------

    def _inside(self, run: Run, signatures: list[int] | None) -> tuple[str, list[Run]]:
        """What a row opens to, and a prefix for its labels: a sole inner level takes no row."""
        if run.members[0] >= 0:
            return "", []
        prefix = ""
        inner = list(runs(self._graph, ~run.members[0], signatures))
        while len(inner) == 1 and inner[0].members[0] < 0:
            sole = ~inner[0].members[0]
            if self._graph.instances[sole].definition or len(inner[0].members) > 1:
                break
            prefix += f"{self._graph.instances[sole].name}."
            inner = list(runs(self._graph, sole, signatures))
        return prefix, inner

    def _row(self, run: Run, prefix: str, level: int, opened: bool) -> Row:
        first, last = run.members[0], run.members[-1]
        if first >= 0:
            step = self._graph.steps[first]
            value, name, what = step.outputs[0], step.name, described(step.layer)
            costs = [self._steps[first]]
        else:
            instance = self._graph.instances[~first]
            final = self._graph.instances[~last]
            name = joined(instance.name, final.name)
            what = instance.definition or self._content(~first, opened)
            costs = [self._instances[~member] for member in run.members]
            value = final.outputs[-1] if final.outputs else -1
        macs = [cost.macs for cost in costs if cost.macs is not None]
        known = value >= 0
        return Row(
            level,
            prefix + name,
            what,
            self._analysis.shape(value) if known else None,
            sum(cost.params for cost in costs),
            sum(macs) if len(macs) == len(costs) else None,
            self._analysis.field_size(value) if known else None,
            self._analysis.field_stride(value) if known else None,
            len(run.members),
            self._uses.get(first, 1),
            not any(cost.live for cost in costs),
        )

    def _content(self, level: int, opened: bool) -> str:
        """What stands beside a closed level, which has no definition: what it holds, if short."""
        if opened:
            return ""
        members = self._graph.instances[level].members
        definitions = {
            self._graph.instances[~member].definition for member in members if member < 0
        }
        if len(definitions) == 1 and all(member < 0 for member in members):
            (definition,) = definitions
            repeated = f" x{len(members)}" if len(members) > 1 else ""
            return f"{definition}{repeated}" if definition else ""
        if len(members) > MOST_LISTED or any(member < 0 for member in members):
            return ""
        return ", ".join(described(self._graph.steps[member].layer) for member in members)

    def _block(self, instance: int | None) -> str:
        """The definition of the nearest block or network around an instance."""
        while instance is not None:
            node = self._graph.instances[instance]
            if node.definition:
                return node.definition
            instance = node.parent
        return self._graph.name

    def _deepest(self, signatures: list[int] | None, within: int) -> int:
        shown = 0
        level = list(runs(self._graph, within, signatures))
        depth = 0
        while level and (depth == 0 or shown + len(level) <= MOST_ROWS):
            shown += len(level)
            depth += 1
            level = [inner for run in level for inner in self._inside(run, signatures)[1]]
        return depth

    @cached_property
    def _signatures(self) -> list[int]:
        return signatures_of(self._graph)

    # --- costs ------------------------------------------------------------------------------------

    @cached_property
    def _uses(self) -> dict[int, int]:
        """For steps that own a shared layer, how often it is applied."""
        uses: dict[int, int] = {}
        for step in self._graph.steps:
            if step.use_of is not None:
                uses[step.use_of] = uses.get(step.use_of, 1) + 1
        return uses

    @cached_property
    def _steps(self) -> list[_Cost]:
        """The cost of every step that owns its layer; MACs of later uses are the owner's."""
        macs: list[int | None] = [0] * len(self._graph.steps)
        lives = [False] * len(self._graph.steps)
        for index, (step, live) in enumerate(
            zip(self._graph.steps, self._analysis.live, strict=True)
        ):
            if live:
                owner = index if step.use_of is None else step.use_of
                macs[owner] = _sum(macs[owner], self._analysis.macs_of(step.layer))
                lives[owner] = True
        return [
            _Cost(step.layer.params if step.use_of is None else 0, cost, live)
            for step, cost, live in zip(self._graph.steps, macs, lives, strict=True)
        ]

    @cached_property
    def _instances(self) -> list[_Cost]:
        """The cost of everything that an instance holds."""
        graph = self._graph
        found = [_Cost(0, 0, False)] * len(graph.instances)
        for index in range(len(graph.instances) - 1, -1, -1):
            params, live = 0, False
            macs: int | None = 0
            for member in graph.instances[index].members:
                cost = self._steps[member] if member >= 0 else found[~member]
                params += cost.params
                macs = _sum(macs, cost.macs)
                live = live or cost.live
            # An instance without steps is the identity: it runs in both modes.
            found[index] = _Cost(params, macs, live or not graph.instances[index].members)
        return found


def described(layer: Layer) -> str:
    """An op with what papers put beside its name: ``conv 3x3 /2``, ``dropout 0.5``."""
    args = layer.args if layer.op.family != "extern" else {}  # whose names mean what they like
    parts = [layer.op.name]
    kernel = args.get("kernel")
    if isinstance(kernel, tuple):
        parts.append("x".join(map(str, kernel)))
    for name, mark in (("stride", "/"), ("dilation", "d")):
        value = args.get(name)
        if isinstance(value, tuple) and set(value) != {1}:
            parts.append(mark + "x".join(map(str, value if len(set(value)) > 1 else value[:1])))
    scale = args.get("scale")
    if isinstance(scale, tuple):
        parts.append("x" + "x".join(map(str, scale if len(set(scale)) > 1 else scale[:1])))
    groups = args.get("groups")
    if layer.op.name == "conv" and groups != 1:
        parts.append(f"g{groups}")
    if layer.op.family == "regularise" and "p" in args:
        parts.append(f"{args['p']:g}")
    return " ".join(parts)


def joined(first: str, last: str) -> str:
    """The label of a run: ``1-2``, ``unit2-3``."""
    if first == last:
        return first
    stem = first.rstrip("0123456789")
    number = last.removeprefix(stem)
    return f"{first}-{number}" if number.isdigit() else f"{first} - {last}"


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b
