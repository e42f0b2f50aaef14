"""The machine that computes: what docs/language.md says of each op, in PyTorch's functions.

It takes from the compiled graph only where each layer's tensors are: names, and the order of
layers. Arguments and their defaults, padding, axes and the order of operands are its own.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from archdsl.graph.ir import Graph
from tests.differential.operations import OPERATIONS

OF_EXPONENTIALS = ("elu", "selu", "sigmoid", "silu", "mish", "gelu")
"""Activations whose results can be far smaller than what they are worked out from."""


class Applied(NamedTuple):
    """A layer that has run: its path, its op with the written arguments, and its results' shapes
    with the batch."""

    path: str
    op: str
    args: Mapping[str, Any]
    shapes: tuple[tuple[int, ...], ...]


class Weights:
    """The tensors of one layer."""

    def __init__(self, state: dict[str, Tensor], path: str, used: set[str]) -> None:
        self.state = state
        self.path = path
        self.used = used

    def __call__(self, name: str, *shape: int) -> Tensor:
        """The tensor of this name, which has to have this shape."""
        key = f"{self.path}.{name}" if name else self.path
        self.used.add(key)
        found = self.state[key]
        assert tuple(found.shape) == shape, f"{key} has the shape {tuple(found.shape)}, not {shape}"
        return found


class Tensors:
    """Values are tensors with their batch.

    In training, running statistics in `state` change; nothing is dropped out. `noise` is added to
    each result, as much at most as twice that part of its largest value; each `draw` is another
    one.
    """

    def __init__(
        self,
        graph: Graph,
        state: dict[str, Tensor],
        training: bool = False,
        noise: float = 0.0,
        draw: int = 0,
    ) -> None:
        self.graph = graph
        self.state = state
        self.training = training
        self.noise = noise
        self.generator = torch.Generator().manual_seed(draw)
        self.applied: list[Applied] = []
        self.used: set[str] = set()

    def shape(self, value: Tensor) -> tuple[int, ...]:
        return tuple(value.shape[1:])

    def apply(
        self, op: str, args: Mapping[str, object], inputs: list[Tensor], shared: str | None
    ) -> list[Tensor]:
        number = len(self.applied)
        assert number < len(self.graph.steps), f"the graph ends before {op}"
        step = self.graph.steps[number]
        assert step.layer.op.name == op, f"step {number} is {step.layer.op.name}, not {op}"
        owner = step if step.use_of is None else self.graph.steps[step.use_of]
        weights = Weights(self.state, owner.path, self.used)
        result = OPERATIONS[op](inputs, weights, self.training, **args)
        parts = [result] if isinstance(result, Tensor) else list(result)
        results = [self.noisy(one, op, inputs[0]) for one in parts]
        shapes = tuple(tuple(one.shape) for one in results)
        self.applied.append(Applied(owner.path, op, args, shapes))
        return results

    def noisy(self, x: Tensor, op: str, source: Tensor) -> Tensor:
        """A result as an implementation that rounds more than this one may have it."""
        if not self.noise:
            return x
        largest = x.abs().max()
        if op in OF_EXPONENTIALS:
            # exp(x) - 1 is off by the rounding of 1, and x * sigmoid(x) by that of x. The
            # sigmoid of onnxruntime is 0 below -18.
            of_one = op in ("elu", "selu", "sigmoid")
            within = torch.ones_like(largest) if of_one else source.abs().max()
            largest = torch.maximum(largest, within)
        # An approximation is off to one side all over a map, which no mean takes away.
        own, common = (
            torch.rand(shape, generator=self.generator, dtype=x.dtype) * 2 - 1
            for shape in (x.shape, ())
        )
        return x + (own + common) * self.noise * largest
