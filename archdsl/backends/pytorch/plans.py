"""What a transfer plan adds to an emitted module: its groups as a table, and a class that trains
the network by them.

The class is a subclass of the network's, so that the keys of the state dict stay. Only the table
and a few names differ from plan to plan.
"""

import re
from collections.abc import Mapping

from archdsl.backends.pytorch.imports import Import
from archdsl.backends.pytorch.plan_layers import MANY, layers_of
from archdsl.backends.pytorch.plan_methods import (
    GROUP,
    INIT,
    LOAD,
    LOAD_BUT,
    METHODS,
    READER,
    USAGE,
    WITHIN,
    WITHIN_PATTERNS,
)
from archdsl.backends.pytorch.printer import STEP, WIDTH, Code, Group, layout
from archdsl.backends.pytorch.text import docstring, literal
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple
from archdsl.transfer import plan as records

RESERVED = frozenset(
    {
        *("NamedTuple", "Path", "Tensor", "nn", "re", "torch"),
        *("Group", "read_state_dict", "within"),
        *("any", "bool", "dict", "float", "hasattr", "int", "isinstance", "len", "list", "max"),
        *("next", "object", "range", "str", "sum", "super", "tuple", "RuntimeError", "ValueError"),
    }
)
"""What the text of a plan reads of its module and of Python: no class of a network is called so."""

_ATTRIBUTES = (
    *("GROUPS", "REPLACED", "WEIGHTS"),
    *("load_pretrained", "on_epoch", "param_groups", "trainable_summary"),
    *("is_frozen", "parameters_of"),
)
"""What a plan's class has beside what every module has."""


class PlanText(NamedTuple):
    """Definitions, in lines, and what they import beside what every module may: what reads a file
    of weights, the record of a group, the plan's class.
    """

    chunks: list[list[str]]
    imports: list[Import]


def write_plan(plan: records.Plan, name: str, network: str) -> PlanText:
    """Write a plan; `name` is that of its class, `network` that of the network's class."""
    layers = layers_of(plan)
    patterns = any("*" in layer for own in layers.values() for layer in own)
    chunks = [
        _text(GROUP, {}),
        _text(WITHIN_PATTERNS if patterns else WITHIN, {}),
        _Class(plan, layers, name, network).lines(),
    ]
    imports = [Import("re")] if plan.weights or patterns else []
    if plan.weights:
        chunks.insert(0, _text(READER, {}, wrappers=_wrappers(plan.graph)))
        imports.append(Import("pathlib", "Path"))
    return PlanText(chunks, imports)


def attribute_names(graph: Graph) -> dict[str, str]:
    """The names of what a plan's class has: a layer of the network comes first, and what is called
    like one gets a final underscore.
    """
    taken = {
        graph.steps[member].name if member >= 0 else graph.instances[~member].name
        for member in graph.instances[0].members
    }
    found = {}
    for name in _ATTRIBUTES:
        found[name] = name
        while found[name] in taken:
            found[name] += "_"
    return found


class _Class:
    """The text of a plan's class."""

    def __init__(
        self, plan: records.Plan, layers: Mapping[str, tuple[str, ...]], name: str, network: str
    ) -> None:
        self.plan = plan
        self.layers = layers
        self.name = name
        self.network = network
        self.names = attribute_names(plan.graph)

    def lines(self) -> list[str]:
        parts = [self._table(), _text(INIT, self.names)]
        if self.plan.weights is not None:
            replaced = self.plan.weights.replaced
            parts.append(
                _text(LOAD_BUT, self.names, layers=_listed(replaced, self.names["REPLACED"]))
                if replaced
                else _text(LOAD, self.names)
            )
        parts.append(_text(METHODS, self.names, cls=self.name))
        body = [line for part in parts for line in ("", *part)]
        return [f"class {self.name}({self.network}):", *self._docstring(), *body]

    def _docstring(self) -> list[str]:
        """The user's text, or what the plan is; then how the class is used."""
        doc = docstring(self.plan.doc.strip() or f"{self.plan.graph.name}, fine-tuned.", STEP)
        text = "\n".join(doc).removesuffix('"""').rstrip().split("\n")
        epochs = "epochs" if self.plan.epochs is None else str(self.plan.epochs)
        usage = _text(USAGE, self.names, cls=self.name, epochs=epochs)
        if self.plan.weights is None:
            usage = [line for line in usage if self.names["load_pretrained"] not in line]
        return [*text, "", *usage, f'{STEP}"""']

    def _table(self) -> list[str]:
        lines = []
        weights = self.plan.weights
        if weights is not None:
            lines += layout(literal(weights.file), STEP, f"{self.names['WEIGHTS']} = ")
        if weights is not None and weights.replaced:
            lead = f"{self.names['REPLACED']} = "
            lines += layout(_tuple(weights.replaced, len(STEP + lead)), STEP, lead)
        rows = tuple(("", _row(group, self.layers[group.name])) for group in self.plan.groups)
        table = Group("(", rows, ")", exploded=True)
        return [*lines, *layout(table, STEP, f"{self.names['GROUPS']} = ")]


def _row(group: records.Group, layers: tuple[str, ...]) -> Code:
    items: list[tuple[str, Code]] = [("", literal(group.name)), ("rate=", literal(group.rate))]
    if group.first_epoch:
        items.append(("first_epoch=", literal(group.first_epoch)))
    items.append(("layers=", _tuple(layers, len(3 * STEP + "layers=,"))))
    return Group("Group(", tuple(items))


def _tuple(texts: tuple[str, ...], around: int) -> Code:
    """A tuple of strings that shares its line with so many characters."""
    items = _runs(texts)
    if len(items) > 1:
        return Group("(", tuple(("", item) for item in items))
    if len(texts) > 1:
        return items[0].replace("*(", "tuple(", 1)
    if around + len(literal(texts)) > WIDTH:
        return Group("(", (("", items[0]),), exploded=True)
    return literal(texts)


def _runs(texts: tuple[str, ...]) -> list[str]:
    """The items of a tuple; what is numbered through is written as a loop."""
    items, at = [], 0
    while at < len(texts):
        stem, _, number = texts[at].rpartition(".")
        end = at + 1
        if re.fullmatch(r"[\w.-]+", stem, re.ASCII) and re.fullmatch(r"0|[1-9][0-9]*", number):
            while end < len(texts) and texts[end] == f"{stem}.{int(number) + end - at}":
                end += 1
        if end - at > MANY:
            bounds = [number] * (number != "0") + [str(int(number) + end - at)]
            items.append(f'*(f"{stem}.{{i}}" for i in range({", ".join(bounds)}))')
        else:
            items += map(literal, texts[at:end])
        at = end
    return items


def _listed(layers: tuple[str, ...], constant: str) -> str:
    """A few layers by name, for a docstring; else the constant that has them."""
    if len(layers) > 3 or sum(map(len, layers)) > 20:
        return f"`{constant}`"
    *most, last = [f"`{layer}`" for layer in layers]
    return f"{', '.join(most)} and {last}" if most else last


def _wrappers(graph: Graph) -> str:
    """Under what wrappers keep a network, unless it is a name of the network's own."""
    own = {path.partition(".")[0] for path in (*dict(graph.weights()), *graph.opaque_paths())}
    return "|".join(name for name in ("module", "_orig_mod") if name not in own)


def _text(template: str, names: Mapping[str, str], **values: str) -> list[str]:
    """The lines of a template, with other names for attributes, and with values for `<name>`."""
    for name, other in names.items():
        if name != other:
            template = re.sub(rf"\b{name}\b", other, template)
    for name, value in values.items():
        template = template.replace(f"<{name}>", value)
    return template.strip("\n").split("\n")
