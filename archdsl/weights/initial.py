"""PyTorch's default initialisation, drawn with numpy.

One PCG64 stream goes through the tensors in the order of the state dict. A uniform tensor takes one
float32 in [0, 1) for each element, u, which becomes (2u - 1) * a; all others take none. The bounds
are those of the layers' `Initialiser` records: 1 / sqrt(fan_in) for convolutions and linear layers
(He et al., 2015, with PyTorch's a = sqrt(5)), Glorot & Bengio's (2010) for attention.

The stream can be entered anywhere, so that a tensor is drawn when it is asked for.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight
from archdsl.weights.lazy import PIECE, Lazy, Tensor
from archdsl.weights.names import COUNTER


def draw(graph: Graph, seed: int) -> Lazy:
    """All tensors of the state dict, each drawn when it is asked for."""
    found: dict[str, Tensor] = {}
    position = 0
    for key, weight in graph.weights():
        found[key] = Tensor(weight.shape, partial(_pieces, weight, seed, position))
        if weight.initialiser.kind == "uniform" and weight.name != COUNTER:
            position += weight.count
    return Lazy(found)


def _pieces(weight: Weight, seed: int, position: int) -> Iterator[NDArray[Any]]:
    """A tensor whose first element is that many elements into the stream."""
    kind, a = weight.initialiser
    if weight.name == COUNTER:
        yield np.zeros(weight.count, np.int64)
    elif kind == "uniform":
        yield from _uniform(weight.count, a, _stream(seed, position))
    else:
        value = {"zeros": 0.0, "ones": 1.0, "constant": a}[kind]
        yield np.full(weight.count, value, np.float32)


def _stream(seed: int, position: int) -> np.random.Generator:
    """The stream from an element on: two elements share an output of 64 bits, the lower first."""
    stream = np.random.Generator(np.random.PCG64(seed).advance(position // 2))
    if position % 2:
        stream.random(dtype=np.float32)
    return stream


def _uniform(count: int, a: float, stream: np.random.Generator) -> Iterator[NDArray[Any]]:
    for start in range(0, count, PIECE):
        drawn: NDArray[Any] = stream.random(min(PIECE, count - start), np.float32)
        drawn *= np.float32(2 * a)
        drawn -= np.float32(a)
        yield drawn
