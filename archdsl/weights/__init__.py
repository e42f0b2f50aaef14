"""Weights of a network as numpy arrays by state-dict path: drawn from a seed, or read from a file.

- `lazy`: a mapping whose tensors are made when they are asked for.
- `initial`: PyTorch's default initialisation.
- `stored`, `safetensors`, `numpy_files`, `pytorch_files`: what a file holds, shapes before data.
- `pickled`, `archives`: names and shapes in PyTorch's checkpoints without PyTorch; zip files.
- `differences`: a file's tensors against the network's, all in one diagnostic.
- `matching`: the network's weights out of a file that has no differences.
- `names`: levels between names of a file and of a network, and layers called otherwise.

Nothing in a file is executed. numpy and torch are imported when they are needed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.weights.stored import WeightsError

if TYPE_CHECKING:
    from archdsl.weights.lazy import Lazy

__all__ = ["WeightsError", "initial_weights", "read_weights", "safetensors_parts"]


def initial_weights(graph: Graph, seed: int = 0) -> "Lazy":
    """PyTorch's default initialisation: the same arrays for the same graph and seed, everywhere.

    Each is drawn when it is asked for, and not kept.
    """
    from archdsl.weights.initial import draw

    return draw(graph, seed)


def read_weights(graph: Graph, path: str) -> "Lazy | Diagnostic":
    """The network's weights from a `.safetensors`, `.npz`, `.pt` or `.pth` file, or how the file's
    tensors differ from the network's.

    Names, shapes and element types are compared here; each tensor is read when it is asked for.

    Raises:
        WeightsError: the file cannot be read, or is none of these; also when a tensor is asked for.
    """
    from archdsl.weights.matching import match
    from archdsl.weights.stored import open_weights

    return match(graph, open_weights(path), path)


def safetensors_parts(graph: Graph, weights: "Lazy") -> "Iterator[bytes | memoryview]":
    """The content of a `.safetensors` file of the network's weights, a part of one at a time."""
    from archdsl.weights.safetensors import parts

    return parts(graph.weights(), weights)
