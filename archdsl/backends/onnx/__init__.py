"""The ONNX backend: a network as an ONNX model, written directly from the graph.

- `records`, `forms`: what ONNX makes of each op, as plain records.
- `plan`: the nodes of a graph, flat, with names and types.
- `fold`: the same without batch norms that the layers before them can take.
- `functions`: the same with blocks as functions, and calls in their place.
- `writer`: ONNX's own objects, for all but the weights.
- `check`: onnx's checker and stricter checks of our own; every model passes them.
- `wire`: the bytes of a model whose weights are made one at a time.
- `files`: a model as a file, or as two with the weights in the second.

onnx and numpy are imported when a model is asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archdsl.backends.onnx.files import Saved
    from archdsl.backends.onnx.plan import Plan

DEFAULT_OPSET = 20
OLDEST_OPSET = 13

MOST_BYTES = 2**31 - 2**20
"""A protobuf message holds less than 2 GiB; what is left is for the nodes."""


class TooLarge(Exception):
    """Weights that take more than one message can hold; the text says how much."""


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
    functions: bool = False,
) -> Any:
    """The network in evaluation mode as an `onnx.ModelProto`.

    Args:
        graph: one for which `unsupported` finds nothing at this opset.
        weights: arrays by the paths of the state dict; further entries are left out.
        opset: from 13 to what the installed onnx knows.
        fold_norm: fold batch norms into the layers before them where that is possible.
        functions: keep blocks, as ONNX's local functions.

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has another shape.
        TooLarge: the weights take 2 GiB or more; `save` writes such a network.
    """
    from archdsl.backends.onnx.writer import with_weights

    check_size(graph)
    return with_weights(*_checked(graph, opset, fold_norm, functions), weights)


def model_bytes(
    graph: Graph,
    weights: Mapping[str, "NDArray[Any]"],
    opset: int = DEFAULT_OPSET,
    *,
    fold_norm: bool = False,
    functions: bool = False,
) -> bytes:
    """`model` as the content of a file: the same bytes for the same graph and weights."""
    from archdsl.backends.onnx.wire import with_initializers
    from archdsl.backends.onnx.writer import tensors

    check_size(graph)
    found, planned = _checked(graph, opset, fold_norm, functions)
    return b"".join(with_initializers(found, tensors(planned, weights)))


def save(
    path: str,
    graph: Graph,
    weights: Mapping[str, "NDArray[Any]"],
    opset: int = DEFAULT_OPSET,
    *,
    fold_norm: bool = False,
    functions: bool = False,
    external: bool | None = None,
) -> "tuple[Saved, ...]":
    """Write `model` to a file, one weight at a time; returns what was written.

    Args:
        path: its name ends in .onnx.
        external: whether the weights go to a second file, see `files`; None: past 1.5 GB of them.

    The others are those of `model`.

    Raises:
        ValueError: the path has another ending.
        OutputError: a file cannot be written; nothing was changed.
        What `model` raises; TooLarge with `external` false alone.
    """
    from archdsl.backends.onnx import files
    from archdsl.backends.onnx.writer import tensors

    if not path.endswith(".onnx"):
        raise ValueError(f"the name of an ONNX model ends in .onnx; {path} does not")
    found, planned = _checked(graph, opset, fold_norm, functions)
    if external is None:
        external = sum(weight.size for weight in planned.weights) > files.EXTERNAL_FROM
    if external:
        return files.save_external(path, found, tensors(planned, weights))
    check_size(graph)
    return files.save_whole(path, found, tensors(planned, weights))


def check_size(graph: Graph) -> None:
    """Raises TooLarge for a network whose weights do not fit into one message."""
    total = sum(4 * weight.count for _, weight in graph.weights())
    if total > MOST_BYTES:
        raise TooLarge(
            f"the weights of {graph.name} take {total / 2**30:,.1f} GiB; an ONNX model in memory "
            "holds less than 2 GiB (save_onnx writes them to a file of their own)"
        )


def _checked(graph: Graph, opset: int, fold_norm: bool, functions: bool) -> "tuple[Any, Plan]":
    """The model without its weights, and the plan, which has them still to be made."""
    from archdsl.backends.onnx.check import check, check_functions
    from archdsl.backends.onnx.fold import fold_norms
    from archdsl.backends.onnx.functions import with_functions
    from archdsl.backends.onnx.plan import plan
    from archdsl.backends.onnx.writer import skeleton, without_weight_inputs

    planned = plan(graph, opset)
    if fold_norm:
        planned = fold_norms(planned)
    found = skeleton(graph, planned, opset)
    check(found)
    if functions:
        flat, planned = found, with_functions(graph, planned)
        found = skeleton(graph, planned, opset)
        check(found)
        check_functions(found, flat)
    return without_weight_inputs(found, planned), planned
