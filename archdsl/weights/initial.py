"""PyTorch's default initialisation, drawn with numpy.

One PCG64 stream goes through the tensors in the order of the state dict. A uniform tensor takes one
float32 in [0, 1) for each element, u, which becomes (2u - 1) * a; all others take none. The bounds
are those of the layers' `Initialiser` records: 1 / sqrt(fan_in) for convolutions and linear layers
(He et al., 2015, with PyTorch's a = sqrt(5)), Glorot & Bengio's (2010) for attention.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight

COUNTER = "num_batches_tracked"
"""The one tensor that is a whole number."""


def draw(graph: Graph, seed: int) -> dict[str, NDArray[Any]]:
    """All tensors of the state dict."""
    stream = np.random.Generator(np.random.PCG64(seed))
    return {key: _tensor(weight, stream) for key, weight in graph.weights()}


def _tensor(weight: Weight, stream: np.random.Generator) -> NDArray[Any]:
    if weight.name == COUNTER:
        return np.zeros(weight.shape, np.int64)
    kind, a = weight.initialiser
    if kind == "uniform":
        drawn = stream.random(weight.shape, np.float32)
        drawn *= np.float32(2 * a)
        drawn -= np.float32(a)
        return drawn
    value = {"zeros": 0.0, "ones": 1.0, "constant": a}[kind]
    return np.full(weight.shape, value, np.float32)
