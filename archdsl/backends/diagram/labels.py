"""What a template of the user's puts on nodes: ``{name}\\n{op}({args})\\n{shape}``."""

from collections.abc import Iterator, Mapping, Sequence
from string import Formatter

from archdsl.analysis import Analysis
from archdsl.annotations import TypeAlias
from archdsl.backends.diagram.figures import field_text, macs_text, params_text, shape_text
from archdsl.backends.diagram.grouping import Group
from archdsl.backends.diagram.wording import arguments, block_arguments, content
from archdsl.elaborate.suggest import nearest
from archdsl.graph.ir import Instance, Step

FIELDS = (
    *("path", "name", "op", "args", "shape", "params", "macs", "field", "block", "doc", "line"),
)
"""What a template can name."""

_OF_LAYERS = ("op", "args")
"""The fields that each layer of a node has."""

Line: TypeAlias = Sequence[tuple[str, str]]
"""Texts, each with the field behind it, or ""."""


class LabelError(ValueError):
    """A template that cannot be read."""


class Template:
    """A template that was read."""

    def __init__(self, text: str) -> None:
        """Read a template.

        Raises:
            LabelError: it names a field that there is not, or a brace stands alone.
        """
        self._lines = [_parsed(line) for line in text.split("\n")]

    def filled(self, analysis: Analysis, group: Group, name: str) -> list[str]:
        """The lines on a node, without those that come out empty.

        An op and its arguments are written for each layer of the node, with commas in between.

        Args:
            name: of the node, within its frame.
        """
        fields = _Fields(analysis, group, name)
        written = [fields.written(line) for line in self._lines]
        lines = [line.strip() for text in written for line in text.split("\n")]
        return [line for line in lines if line] or [fields.path]


def _parsed(line: str) -> Line:
    try:
        pieces = list(Formatter().parse(line))
    except ValueError as error:
        raise LabelError("a brace that means itself is written twice: {{ or }}") from error
    for _, field, spec, conversion in pieces:
        if field is None:
            continue
        if field not in FIELDS:
            near = nearest(field, FIELDS)
            proposal = f"; did you mean {{{near}}}?" if near else ""
            raise LabelError(f"{{{field}}} is none of the fields {', '.join(FIELDS)}{proposal}")
        if spec or conversion:
            raise LabelError(f"{{{field}}} takes nothing behind its name")
    return [(text, field or "") for text, field, _, _ in pieces]


class _Fields:
    """The values of the fields on one node."""

    def __init__(self, analysis: Analysis, group: Group, name: str) -> None:
        self._analysis = analysis
        self._graph = analysis.graph
        self._group = group
        self._name = name
        self._steps = self._graph.steps[group.first : group.end]
        self._repeated = self._graph.steps[group.first : group.last]
        self._scopes: list[Instance] = [self._graph.instances[number] for number in group.scopes]

    @property
    def path(self) -> str:
        return self._scopes[0].path if self._scopes else self._steps[0].path

    def written(self, line: Line) -> str:
        """A line of the template; "" where all that it names is empty."""
        values = {
            field: self._value(field) for _, field in line if field and field not in _OF_LAYERS
        }
        first, layer, rest = _parted(line)
        if not layer:
            shown = [values[field] for _, field in first if field]
            return _joined(first, values) if any(shown) or not shown else ""
        # Brackets for arguments, where there are none.
        layers = [_joined(layer, one).replace("()", "") for one in self._layers()]
        return _joined(first, values) + ", ".join(layers) + _joined(rest, values)

    def _layers(self) -> Iterator[Mapping[str, str]]:
        if not self._group.closed:
            for step in self._steps:
                yield {"op": step.layer.op.name, "args": arguments(step.layer)}
            return
        args = next((block_arguments(one) for one in self._scopes if one.definition), "")
        yield {"op": content(self._graph, self._group.scopes, self._steps), "args": args}

    def _value(self, field: str) -> str:
        steps = self._repeated
        match field:
            case "path":
                return self.path
            case "name":
                return self._name
            case "shape":
                return shape_text(self._analysis, steps[-1].outputs[-1])
            case "params":
                return params_text(steps)
            case "macs":
                return macs_text(self._analysis, steps)
            case "field":
                return field_text(self._analysis, steps)
            case "block":
                return self._block(self._steps[0])
            case "doc":
                return next((one.doc for one in self._scopes if one.doc), "")
        origin = self._scopes[0].origin if self._scopes else self._steps[0].origin
        return str(origin.span.line)

    def _block(self, step: Step) -> str:
        """The block that the node is in: the innermost around it."""
        number: int | None = self._scopes[0].parent if self._scopes else step.parent
        while number is not None:
            instance = self._graph.instances[number]
            if instance.definition:
                return instance.definition
            number = instance.parent
        return self._graph.name


def _parted(line: Line) -> tuple[Line, Line, Line]:
    """What stands before the fields of layers, those with all between them, and what follows."""
    places = [place for place, (_, field) in enumerate(line) if field in _OF_LAYERS]
    if not places:
        return line, (), ()
    first, last = places[0], places[-1]
    layer, rest = list(line[first : last + 1]), list(line[last + 1 :])
    text, field = layer[0]
    layer[0] = ("", field)
    between = "".join(text for text, _ in layer)
    if between.count("(") > between.count(")") and rest and rest[0][0].startswith(")"):
        layer.append((")", ""))
        rest[0] = (rest[0][0][1:], rest[0][1])
    return [*line[:first], (text, "")], layer, rest


def _joined(line: Line, values: Mapping[str, str]) -> str:
    return "".join(text + (values[field] if field else "") for text, field in line)
