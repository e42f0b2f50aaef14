"""What a page says of each part: plain data, ready to be JSON.

What is empty or zero is left out; `model.js` has what the names mean for those who read them.
Layers and lines of the source that occur often stand in tables of their own.
"""

import os.path
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from archdsl.analysis import Analysis
from archdsl.analysis.render import per_axis_text
from archdsl.analysis.table import joined
from archdsl.backends.diagram.learning import Learning
from archdsl.backends.diagram.page.outline import Part
from archdsl.backends.diagram.page.placing import Places
from archdsl.backends.diagram.page.wires import Wires
from archdsl.backends.diagram.wording import content, typeset
from archdsl.graph.ir import Step
from archdsl.graph.text import value_text
from archdsl.ops.base import Layer
from archdsl.source import Span

Facts: TypeAlias = dict[str, Any]


class Table:
    """Entries that are written once and referred to by number."""

    def __init__(self) -> None:
        self.entries: list[object] = []
        self._numbers: dict[object, int] = {}

    def number(self, key: object, entry: Callable[[], object]) -> int:
        """The number of the entry under a key."""
        if key not in self._numbers:
            self._numbers[key] = len(self.entries)
            self.entries.append(entry())
        return self._numbers[key]


class Describer:
    """Describes the parts of one network.

    Attributes:
        lines: lines of the source: file, number, text.
        layers: layers, each with its arguments, tensors and arithmetic.
    """

    def __init__(self, analysis: Analysis, places: Places, learning: Learning | None) -> None:
        self._analysis = analysis
        self._graph = analysis.graph
        self._places = places
        self._learning = learning
        self._wires = Wires(analysis.graph)
        self._is_spatial = any(self._graph.types[one.value].rank for one in self._graph.inputs)
        self.lines = Table()
        self.layers = Table()

    def line(self, span: Span) -> int:
        """The number of the source line that a span begins in."""
        number = span.line
        return self.lines.number(
            (span.source.name, number),
            lambda: [file_of(span), number, span.source.line(number).strip()],
        )

    def part(self, part: Part, outer: str) -> Facts:
        """All that is said of a part, but for what is within it.

        Args:
            outer: the path of the instance around it.
        """
        steps = self._graph.steps[part.first : part.end]
        instances = [self._graph.instances[number] for number in part.scopes]
        facts = self._named(part, outer)
        facts |= self._costs(steps)
        facts |= self._flow(part)
        doc = "\n".join(filter(None, (instance.doc for instance in instances)))
        definition = next((one for one in instances if one.definition), None)
        facts |= {
            "doc": doc,
            "block": definition.definition if definition else "",
            "arguments": _pairs(definition.args) if definition else [],
            "training": not any(self._analysis.live[part.first : part.end]),
            "shared": self._sharing(part),
            "learning": self._learning.of(part.first, part.end) if self._learning else (),
            "findings": self._places.findings_of(part),
        }
        if part.kind == "layer":
            facts["layer"] = self._layer(steps[0])
        origin = instances[0].origin if instances else steps[0].origin
        parent = instances[0].parent if instances else steps[0].parent
        facts["line"] = self.line(origin.span)
        facts["calls"] = [
            [frame.block, self.line(frame.span)] for frame in self._graph.trail(parent)
        ]
        return {name: fact for name, fact in facts.items() if fact or name in ("line", "layer")}

    # --- names ------------------------------------------------------------------------------------

    def path(self, part: Part) -> str:
        """The path of a part: of its outermost instance, or of its first layer."""
        if part.scopes:
            return self._graph.instances[part.scopes[0]].path
        if part.kind == "run":
            return self.path(part.members[0])
        return self._graph.steps[part.first].path

    def _named(self, part: Part, outer: str) -> Facts:
        name = _relative(self.path(part), outer)
        kind, family, repeats = part.kind, "block", 0
        shown = part
        if kind == "run":
            repeats = len(part.members)
            shown = part.members[0]
            name = joined(name, _relative(self.path(part.members[-1]), outer))
        steps = self._graph.steps[shown.first : shown.end]
        if shown.kind in ("layer", "fused"):
            head, *tail = (typeset(step) for step in steps)
            family = steps[0].layer.op.family
        else:
            head, tail = content(self._graph, shown.scopes, steps), []
        if not part.scopes and kind != "run" and not steps[0].name:
            name = ""  # a merge has no name of its own
        path = f"{outer}.{name}".lstrip(".") if kind == "run" else self.path(part)
        if kind == "layer":
            path = steps[0].path  # exactly, for its tensors; its name may be that of a level
        return {
            "kind": kind,
            "family": family,
            "head": head,
            "tail": ", ".join(tail),
            "name": name,
            "path": path,
            "repeats": repeats,
        }

    def _sharing(self, part: Part) -> list[int]:
        """Which use of how many, of a shared layer or block."""
        return list(self._places.use_of(part) or ()) if part.shared else []

    # --- figures ----------------------------------------------------------------------------------

    def _costs(self, steps: Sequence[Step]) -> Facts:
        """Parameters count once, at their first use; MACs of what runs in training only too."""
        macs = [self._analysis.macs_of(step.layer) for step in steps]
        return {
            "params": sum(step.layer.params for step in steps if step.use_of is None),
            "macs": "?" if None in macs else sum(cost for cost in macs if cost is not None),
        }

    def _flow(self, part: Part) -> Facts:
        """The values that come in and go out, and the receptive field behind."""
        gives = self._wires.gives(part)
        value = gives[-1] if gives else self._graph.steps[part.end - 1].outputs[-1]
        flow = {"reads": self._wires.reads(part), "gives": gives, **self.field(value)}
        return flow if gives else flow | {"result": [value]}

    def field(self, value: int) -> Facts:
        """The receptive field of a value, and for the position in its middle what it reads: the
        first and last input position along each axis.
        """
        analysis = self._analysis
        field = analysis.fields[value]
        if field is None:
            if not self._is_spatial:
                return {}
            return {"field": "unknown" if analysis.is_unknown(value) else "the whole input"}
        facts: Facts = {
            "field": per_axis_text(analysis.field_size(value)),
            "stride": per_axis_text(analysis.field_stride(value)),
        }
        shape = analysis.shape(value)
        if shape is not None and None not in field:
            sizes = shape[len(shape) - len(field) :]
            middles = [size // 2 for size in sizes]
            facts["window"] = [
                [extent.first(middle), extent.last(middle)]
                for extent, middle in zip(field, middles, strict=True)
                if extent is not None
            ]
        return facts

    def _layer(self, step: Step) -> int:
        """The number of a layer in the table: its arguments, tensors, and arithmetic."""
        layer = step.layer
        return self.layers.number(id(layer), lambda: self._described(layer))

    def _described(self, layer: Layer) -> Facts:
        weights = [
            [weight.name, " × ".join(map(str, weight.shape)), weight.trainable]
            for weight in layer.weights
        ]
        facts: Facts = {
            "op": layer.op.name,
            "arguments": _pairs(tuple(layer.args.items())),
            "weights": weights,
        }
        fixed = self._analysis.at_sizes(layer)
        if fixed is not None:
            arithmetic = fixed.op.arithmetic(fixed)
            facts["arithmetic"] = [list(lines) for lines in arithmetic]
        return facts


def file_of(span: Span) -> str:
    """The name of a file, the same in every folder that it is compiled from."""
    return os.path.basename(span.source.name.replace("\\", "/"))


def _pairs(arguments: "tuple[tuple[str, object], ...] | Mapping[str, object]") -> list[list[str]]:
    return [[name, value_text(value)] for name, value in dict(arguments).items()]


def _relative(path: str, outer: str) -> str:
    return path.removeprefix(f"{outer}.") if outer else path
