"""The network's weights out of a file, where its tensors are the network's."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight
from archdsl.weights.differences import differences
from archdsl.weights.lazy import Lazy, Tensor
from archdsl.weights.names import COUNTER
from archdsl.weights.stored import Stored, WeightsError


def match(graph: Graph, stored: Mapping[str, Stored], path: str) -> Lazy | Diagnostic:
    """The network's weights, float32 in the order of the state dict, or how the file differs.

    Each is read when it is asked for, which may raise WeightsError. Tensors of extern ops are left
    out: which ones there are, only their modules know.
    """
    found = differences(graph, stored, os.path.basename(path), graph.span)
    if found is not None:
        return found
    return Lazy(
        {
            key: Tensor(
                weight.shape, partial(_pieces, weight, stored.get(key), f"{path} cannot be read")
            )
            for key, weight in graph.weights()
        }
    )


def _pieces(weight: Weight, stored: Stored | None, trouble: str) -> Iterator[NDArray[Any]]:
    """The tensor's elements; a counter that the file lacks is 0."""
    if stored is None:
        yield np.zeros(1, np.int64)
        return
    dtype = np.int64 if weight.name == COUNTER else np.float32
    try:
        for piece in stored.pieces():
            yield piece.astype(dtype, copy=False)
    except OSError as error:
        raise WeightsError(f"{trouble}: {error.strerror or error}") from error
