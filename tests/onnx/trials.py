"""Networks on calibrated weights, whose outputs in float64 models are compared with."""

from typing import NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor

from archdsl.graph.ir import Graph
from archdsl.verify.calibrate import calibrate, random_inputs
from archdsl.verify.compare import compare
from tests.backends.emitted import module
from tests.onnx.running import arrays, outputs, run


class Trial(NamedTuple):
    """Weights, inputs, and PyTorch's outputs in float64 and float32."""

    weights: dict[str, "NDArray[object]"]
    inputs: tuple[Tensor, ...]
    exact: list[Tensor]
    single: list[Tensor]

    def check(self, model: bytes, optimised: bool = True) -> None:
        """A model's outputs are off by no more than rounding explains."""
        found = run(model, self.inputs, optimised)
        assert len(found) == len(self.exact)
        for exact, single, other in zip(self.exact, self.single, found, strict=True):
            result = compare(exact, single, torch.from_numpy(other))
            assert result.agrees, result


def trial(graph: Graph, seed: int = 0, batch: int = 3, grown: int = 0) -> Trial:
    """A trial of a network; `grown` is added to the values of its symbolic sizes."""
    torch.set_num_threads(1)
    sizes = {name: size + grown for name, size in graph.sizes.items()}
    live = module(graph)
    calibrate(live, graph, random_inputs(graph, 8, sizes, seed), seed)
    inputs = random_inputs(graph, batch, sizes, seed + 1)
    single = outputs(live, inputs)
    weights = {key: array.copy() for key, array in arrays(live).items()}
    exact = outputs(live.double(), tuple(x.double() for x in inputs))
    return Trial(weights, inputs, exact, single)
