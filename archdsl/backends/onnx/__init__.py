"""The ONNX backend: a network as an ONNX model, written directly from the graph.

- `records`, `forms`: what ONNX makes of each op, as plain records.
- `plan`: the nodes of a graph, flat, with names and types.
- `fold`: the same without batch norms that the layers before them can take.
- `writer`: ONNX's own objects.
- `check`: onnx's checker and stricter checks of our own; every model passes them.

onnx and numpy are imported when a model is asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_OPSET = 20
OLDEST_OPSET = 13


MOST_BYTES = 2**31 - 2**20
"""A protobuf message holds less than 2 GiB; what is left is for the nodes."""


class TooLarge(Exception):
    """Weights that take more than one file can hold; the text says how much."""


def check_size(graph: Graph) -> None:
    """Raises TooLarge for a network that does not fit into one file."""
    total = sum(4 * weight.count for _, weight in graph.weights())
    if total > MOST_BYTES:
        raise TooLarge(
            f"the weights of {graph.name} take {total / 2**30:,.1f} GiB; "
            "an ONNX file holds less than 2 GiB"
        )


def newest_opset() -> int:
    """The newest opset that the installed onnx knows."""
    from onnx.defs import onnx_opset_version

    newest: int = onnx_opset_version()
    return newest


def unsupported(graph: Graph, opset: int = DEFAULT_OPSET) -> tuple[Diagnostic, ...]:
    """What ONNX cannot express at this opset, each at its place in the source."""
    from archdsl.backends.onnx import plan

    return plan.unsupported(graph, opset)


def model(
    graph: Graph,
    weights: Mapping[str, "NDArray[Any]"],
    opset: int = DEFAULT_OPSET,
    *,
    fold_norm: bool = False,
) -> Any:
    """The network in evaluation mode as an `onnx.ModelProto`.

    Args:
        graph: one for which `unsupported` finds nothing at this opset.
        weights: arrays by the paths of the state dict; further entries are left out.
        opset: from 13 to what the installed onnx knows.
        fold_norm: fold batch norms into the layers before them where that is possible.

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has another shape.
        TooLarge: the weights take 2 GiB or more.
    """
    from archdsl.backends.onnx.check import check
    from archdsl.backends.onnx.fold import fold_norms
    from archdsl.backends.onnx.plan import plan
    from archdsl.backends.onnx.writer import skeleton, with_weights

    check_size(graph)
    planned = plan(graph, opset)
    if fold_norm:
        planned = fold_norms(planned)
    found = skeleton(graph, planned, opset)
    check(found)
    return with_weights(found, planned, weights)


def model_bytes(
    graph: Graph,
    weights: Mapping[str, "NDArray[Any]"],
    opset: int = DEFAULT_OPSET,
    *,
    fold_norm: bool = False,
) -> bytes:
    """`model` as the content of a file: the same bytes for the same graph and weights."""
    found = model(graph, weights, opset, fold_norm=fold_norm)
    data: bytes = found.SerializeToString(deterministic=True)
    return data
