"""A graph of one layer, as the builder would make it."""

from archdsl.graph.ir import Graph, GraphInput, GraphOutput, Instance, Origin, Step
from archdsl.ops.base import Layer
from archdsl.source import Source, Span

PLACE = Span(Source("layer.arch", "layer\n"), 0, 5)
ORIGIN = Origin(PLACE, None, None, (), PLACE)


def single(layer: Layer) -> Graph:
    """A network whose only layer is `layer`, under the path "layer"."""
    reads = tuple(range(len(layer.inputs)))
    writes = tuple(range(len(reads), len(reads) + len(layer.outputs)))
    root = Instance("network", "One", "", "", "", None, (), reads, writes, (0,), {}, ORIGIN, None)
    return Graph(
        "One",
        "",
        PLACE,
        tuple(GraphInput(f"x{value}", "tensor", value, PLACE) for value in reads),
        tuple(GraphOutput(f"y{index}", value, False, PLACE) for index, value in enumerate(writes)),
        (*layer.inputs, *layer.outputs),
        (Step(layer, reads, writes, "layer", "layer", 0, ORIGIN),),
        (root,),
        (),
        {},
        (),
    )
