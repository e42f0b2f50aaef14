"""Receptive fields in random networks, against what gradients reach.

All weights are 1 and all norms and activations are left out, so that no path cancels another; a
maximum is a sum. What has no local field counts as a constant, as a gate does by convention.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from archdsl.analysis.receptive import Extent, Field, fields_of
from archdsl.graph.ir import Graph
from archdsl.types import hinted
from tests.differential.choices import from_seed
from tests.differential.interpreter import STEADY, Interpreter
from tests.differential.networks import network
from tests.differential.operations import OPERATIONS
from tests.differential.programs import Network
from tests.differential.running import compiled
from tests.differential.windows import conv, padding

pytestmark = pytest.mark.no_cover  # random: what they reach is no promise

SEEDS = 60
STEPS, POSITIONS = 4, 3
"""Of each network, and of each of these along every axis."""
ELSEWHERE = re.compile("circular|reflect|replicate|bicubic|linear")
"""Borders that are filled from elsewhere, and interpolation that clamps there."""
OFTEN_EXACT = 0.8
"""The field is an upper bound: strides can leave out what its ends would read."""


def ones(name: str, *shape: int) -> Tensor:
    """The tensors of every layer."""
    fill = torch.zeros if name == "bias" else torch.ones
    return fill(shape, dtype=torch.float64)


class Reached(NamedTuple):
    """A value, its field, and the tensor that computes it."""

    path: str
    field: Field
    value: Tensor


class Probe:
    """The machine that lets gradients pass wherever an op reads."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.fields = fields_of(graph).of
        self.number = 0
        self.reached: list[Reached] = []

    def shape(self, value: Tensor) -> tuple[int, ...]:
        return tuple(value.shape[1:])

    def apply(
        self, op: str, args: Mapping[str, Any], inputs: list[Tensor], shared: str | None
    ) -> list[Tensor]:
        step = self.graph.steps[self.number]
        self.number += 1
        local = [
            one if self.fields[value] is not None else one.detach()
            for value, one in zip(step.inputs, inputs, strict=True)
        ]
        results = self._results(op, args, local, [self.graph.types[one] for one in step.outputs])
        for value, result in zip(step.outputs, results, strict=True):
            field = self.fields[value]
            if field and result.requires_grad:
                self.reached.append(Reached(step.path, field, result))
        return results

    def _results(
        self, op: str, args: Mapping[str, Any], inputs: list[Tensor], types: list[Any]
    ) -> list[Tensor]:
        if op in STEADY or op in ("softmax", "log_softmax", "attention"):
            return inputs
        if op in ("maxpool", "avgpool"):
            sizes = [hinted(size) or 0 for size in types[0].spatial]
            return [_summed(inputs[0], sizes, **args)]
        if op == "mul":
            op = "add"  # a factor of 0 would hide what the other one reads
        found = OPERATIONS[op](inputs, ones, False, **args)
        return [found] if isinstance(found, Tensor) else list(found)


def _summed(
    x: Tensor,
    sizes: list[int],
    kernel: Any = 2,
    stride: Any = None,
    pad: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
    count_pad: bool = True,
) -> Tensor:
    """The sum of each window; `sizes` says how many there are."""
    stride = kernel if stride is None else stride
    channels = x.shape[1]
    steps = stride if isinstance(stride, tuple) else (stride,) * len(sizes)
    pads = [
        (before, after + step * ceil)
        for (before, after), step in zip(
            padding(pad, x, kernel, stride, dilation), steps, strict=True
        )
    ]
    settings = {"kernel": kernel, "stride": stride, "pad": tuple(pads), "dilation": dilation}
    found = conv([x], ones, False, channels, groups=channels, bias=False, **settings)
    for dim, size in enumerate(sizes, 2):
        found = found.narrow(dim, 0, size)
    return found


def probed(drawn: Network) -> list[tuple[Tensor, Reached]]:
    """The input that steps of a network read, and the steps."""
    probe = Probe(compiled(drawn.text()))
    shapes = [
        [hinted(size) or 0 for size in probe.graph.types[one.value].shape]
        for one in probe.graph.inputs
    ]
    inputs = [torch.zeros(1, *shape, dtype=torch.float64) for shape in shapes]
    inputs[0].requires_grad_()
    Interpreter(probe, drawn.defaults).network(drawn, inputs)
    return [(inputs[0], one) for one in probe.reached]


def check(x: Tensor, reached: Reached, axis: int, extent: Extent) -> list[bool]:
    """Whether gradients reach to both ends of the field, at some positions; never beyond."""
    found = []
    size, length = reached.value.shape[axis + 2], x.shape[axis + 2]
    inside = [
        position
        for position in range(size)
        if extent.first(position) >= 0 and extent.last(position) < length
    ]
    for position in inside[:: max(1, len(inside) // POSITIONS)]:
        picked = reached.value.select(axis + 2, position).sum()
        (gradient,) = torch.autograd.grad(picked, x, retain_graph=True)
        others = [dim for dim in range(gradient.dim()) if dim != axis + 2]
        read = gradient.abs().sum(others).nonzero().flatten().tolist()
        if not read:
            continue
        first, last = extent.first(position), extent.last(position)
        assert first <= read[0] and read[-1] <= last, (
            f"{reached.path} reads {read[0]} to {read[-1]} along axis {axis + 1}, "
            f"its field at {position} is {first} to {last}"
        )
        found.append((read[0], read[-1]) == (first, last))
    return found


def test_fields_are_what_gradients_reach() -> None:
    torch.set_num_threads(1)
    exact: list[bool] = []
    for seed in range(SEEDS):
        drawn = network(from_seed(seed))
        if ELSEWHERE.search(drawn.text()):
            continue
        steps = probed(drawn)
        for x, reached in steps[:: max(1, len(steps) // STEPS)]:
            for axis, extent in enumerate(reached.field):
                if extent is not None:
                    try:
                        exact += check(x, reached, axis, extent)
                    except AssertionError as error:
                        raise AssertionError(f"seed {seed}: {error}\n{drawn.text()}") from error
    assert len(exact) > 100
    share = sum(exact) / len(exact)
    assert share >= OFTEN_EXACT, f"{share:.0%} of {len(exact)} fields are reached to both ends"
