"""Weights under which a comparison means something.

A freshly initialised deep network hardly reacts to its input: its norms begin at 1 and 0, and what
an early layer gets wrong does not reach the output. Here scales and biases are random, and running
statistics come from one pass in training mode, so that every batch norm hands on values of about
unit size.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from archdsl.graph.ir import Graph
from archdsl.ops.base import Layer, Weight
from archdsl.verify.cases import shape_at
from archdsl.weights.names import COUNTER

LEAST_VARIANCE = 1e-2
"""Of the statistics: a batch norm divides by the root of its variance, and where that is next to
nothing, as behind a saturated activation, it would hand on rounding as large as any signal."""
REACTION = 1e-3
"""Of the largest output: by as much two inputs' outputs differ where a network reacts."""


def random_weights(graph: Graph, seed: int) -> dict[str, Tensor]:
    """Every tensor of the state dict, in its order; running statistics are still 0 and 1."""
    stream = np.random.Generator(np.random.PCG64(seed))
    return {
        key: torch.from_numpy(_drawn(step.layer, weight, stream))
        for step, key, weight in graph.tensors()
    }


def _drawn(layer: Layer, weight: Weight, stream: np.random.Generator) -> NDArray[Any]:
    kind, a = weight.initialiser
    if not weight.trainable:
        if weight.name == COUNTER:
            return np.zeros(weight.shape, np.int64)
        return np.full(weight.shape, 1.0 if kind == "ones" else 0.0, np.float32)
    if kind == "uniform" and len(weight.shape) > 1:
        # The record's bound is 1 / sqrt(fan_in); He et al. (2015) keep the variance behind a ReLU.
        bound = a * sqrt(6) if layer.op.dense else a
        low, high = -bound, bound
    else:
        # Biases; scales of norms; slopes and layer scales, however small these begin.
        low, high = {"ones": (0.5, 1.5), "constant": (0.2, 0.8)}.get(kind, (-0.2, 0.2))
    drawn = stream.random(weight.shape, np.float32)
    drawn *= np.float32(high - low)
    drawn += np.float32(low)
    return drawn


def random_inputs(
    graph: Graph, batch: int, sizes: Mapping[str, int], seed: int
) -> tuple[Tensor, ...]:
    """Normal values for every input, float32, [batch, …] at these values of symbolic sizes.

    Raises:
        SizeError: a symbolic size has no value.
    """
    generator = torch.Generator().manual_seed(seed)
    found = []
    for given in graph.inputs:
        shape = shape_at(graph, given.value, sizes)
        found.append(torch.randn(batch, *shape, generator=generator))
    return tuple(found)


def calibrate(module: nn.Module, graph: Graph, inputs: tuple[Tensor, ...], seed: int) -> None:
    """Gives a network's emitted module random weights, and batch norms the statistics of a pass.

    Args:
        module: has the state dict of `graph`; is left in evaluation mode.
        inputs: float32, a batch of two or more.

    Raises:
        RuntimeError: the state dict's names or shapes are others.
    """
    load_weights(module, graph, random_weights(graph, seed))
    module.eval()
    norms = [part for part in module.modules() if isinstance(part, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None  # the plain average: after one pass, that pass's statistics
        norm.train()
    with torch.no_grad():
        module(*inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.running_var.clamp_(min=LEAST_VARIANCE)
        norm.eval()


def load_weights(module: nn.Module, graph: Graph, weights: Mapping[str, Tensor]) -> None:
    """Give a network's emitted module its weights; extern ops keep the tensors of their own.

    Raises:
        RuntimeError: the state dict's names or shapes are others.
    """
    opaque = graph.opaque_paths()
    own = {key: tensor for key, tensor in module.state_dict().items() if key.startswith(opaque)}
    module.load_state_dict({**own, **weights}, strict=True)


def reaction(first: Tensor, second: Tensor) -> float:
    """The largest difference of two outputs, relative to the largest value."""
    largest = float(first.abs().max())
    return float((first - second).abs().max()) / largest if largest else 0.0
