"""PyTorch's default initialisation, drawn with numpy.

One PCG64 stream goes through the tensors in the order of the state dict. A uniform tensor takes one
float32 in [0, 1) for each element, u, which becomes (2u - 1) * a; all others take none. The bounds
are those of the layers' `Initialiser` records: 1 / sqrt(fan_in) for convolutions and linear layers
(He et al., 2015, with PyTorch's a = sqrt(5)), Glorot & Bengio's (2010) for attention.

The stream can be entered anywhere, so that a tensor is drawn when it is asked for.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight
from archdsl.weights.lazy import Lazy

COUNTER = "num_batches_tracked"
"""The one tensor that is a whole number."""

PIECE = 2**16
"""Elements that are drawn at once."""


def draw(graph: Graph, seed: int) -> Lazy:
    """All tensors of the state dict, each drawn when it is asked for."""
    readers: dict[str, Callable[[], NDArray[Any]]] = {}
    position = 0
    for key, weight in graph.weights():
        readers[key] = partial(_tensor, weight, seed, position)
        if weight.initialiser.kind == "uniform" and weight.name != COUNTER:
            position += weight.count
    return Lazy(readers)


def _tensor(weight: Weight, seed: int, position: int) -> NDArray[Any]:
    """A tensor whose first element is that many elements into the stream."""
    if weight.name == COUNTER:
        return np.zeros(weight.shape, np.int64)
    kind, a = weight.initialiser
    if kind == "uniform":
        return _uniform(weight.shape, a, _stream(seed, position))
    value = {"zeros": 0.0, "ones": 1.0, "constant": a}[kind]
    return np.full(weight.shape, value, np.float32)


def _stream(seed: int, position: int) -> np.random.Generator:
    """The stream from an element on: two elements share an output of 64 bits, the lower first."""
    stream = np.random.Generator(np.random.PCG64(seed).advance(position // 2))
    if position % 2:
        stream.random(dtype=np.float32)
    return stream


def _uniform(shape: tuple[int, ...], a: float, stream: np.random.Generator) -> NDArray[Any]:
    """Filled piece by piece: a piece is scaled while a processor's cache has it."""
    drawn: NDArray[Any] = np.empty(shape, np.float32)
    flat = drawn.reshape(-1)
    for start in range(0, flat.size, PIECE):
        piece = flat[start : start + PIECE]
        stream.random(out=piece, dtype=np.float32)
        piece *= np.float32(2 * a)
        piece -= np.float32(a)
    return drawn
