"""Which block instances are alike, so that a table can show `x3` in place of three equal rows."""

from collections.abc import Iterator

from archdsl.graph.ir import Graph
from archdsl.ops.base import Layer
from archdsl.records import NamedTuple


class Run(NamedTuple):
    """Neighbouring members of one instance that are shown together: one, or several that are alike.

    Attributes:
        members: as in `Instance.members`; all but single ones are instances.
    """

    members: tuple[int, ...]


def runs(graph: Graph, instance: int, signatures: list[int] | None) -> Iterator[Run]:
    """The named members of an instance in order, alike neighbours together.

    Without signatures each member stands alone.
    """
    pending: list[int] = []
    for member in graph.instances[instance].members:
        if member >= 0 and not graph.steps[member].name:
            continue
        alike = (
            signatures is not None
            and pending
            and member < 0
            and pending[-1] < 0
            and signatures[~member] == signatures[~pending[-1]]
        )
        if pending and not alike:
            yield Run(tuple(pending))
            pending = []
        pending.append(member)
    if pending:
        yield Run(tuple(pending))


def signatures_of(graph: Graph) -> list[int]:
    """A number for every instance; two have the same one if they hold the same layers, wired alike.

    Layers are compared as records, and the builder makes one record for all layers with the same
    op, arguments and input types. Paths do not count, nor do rates of dropout, which differ from
    block to block where depth is stochastic.
    """
    numbers: dict[object, int] = {}
    found = [0] * len(graph.instances)
    for index in range(len(graph.instances) - 1, -1, -1):
        instance = graph.instances[index]
        entries = {value: place for place, value in enumerate(instance.inputs)}
        content: list[object] = [instance.definition]
        for member in instance.members:
            if member < 0:
                # An inner instance has a larger number than the one that holds it, so it is known.
                inner = graph.instances[~member]
                first = inner.outputs[0] if inner.outputs else 0
                content.append((inner.name, found[~member], _wiring(inner.inputs, first, entries)))
            else:
                step = graph.steps[member]
                wiring = _wiring(step.inputs, step.outputs[0], entries)
                content.append((step.name, _kind(step.layer), wiring))
        found[index] = numbers.setdefault(tuple(content), len(numbers))
    return found


def _kind(layer: Layer) -> object:
    return (layer.op.name, layer.inputs) if layer.op.family == "regularise" else id(layer)


def _wiring(inputs: tuple[int, ...], output: int, entries: dict[int, int]) -> tuple[object, ...]:
    """Where the inputs come from: which input of the instance, or how far back."""
    return tuple((entries[v],) if v in entries else output - v for v in inputs)
