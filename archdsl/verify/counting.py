"""Multiply-adds of the module and of the model, counted as they run and apart from the analysis.

All three count by layer, so that a difference has a place. A multiply-add belongs to a convolution
or linear layer; whatever has no weights counts 0.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.overrides import TorchFunctionMode

from archdsl.analysis import Analysis
from archdsl.backends.onnx.plan import Plan
from archdsl.graph.ir import Graph

_CONVOLUTIONS = (F.conv1d, F.conv2d, F.conv3d)
_TRANSPOSED = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)


class Counts(NamedTuple):
    """Multiply-adds by layer, from three sides."""

    analysis: Counter[str]
    pytorch: Counter[str]
    onnx: Counter[str]

    def differences(self) -> Iterator[str]:
        for path in dict.fromkeys(path for found in self for path in found):
            analysis, pytorch, onnx = (found[path] for found in self)
            if not analysis == pytorch == onnx:
                yield (
                    f"the MACs of {path or 'constants'} are {analysis:,} in the analysis, "
                    f"{pytorch:,} in PyTorch, {onnx:,} in ONNX"
                )


def of_analysis(graph: Graph, sizes: Mapping[str, int]) -> Counter[str]:
    """Multiply-adds by layer, as the analysis has them."""
    analysis = Analysis(graph._replace(sizes=sizes))
    found: Counter[str] = Counter()
    for step in analysis.live_steps:
        found[graph.owner(step).path] += analysis.macs_of(step.layer) or 0
    return +found


def of_module(module: nn.Module, graph: Graph, inputs: Sequence[Tensor]) -> Counter[str]:
    """Multiply-adds by layer, from the shapes of what PyTorch's functions take and give.

    Args:
        inputs: a batch of one.
    """
    layers = _layers(graph)
    names = {id(tensor): layers[name] for name, tensor in module.named_parameters()}
    counting = _Counting(names, bool(graph.opaque_paths()))
    with torch.no_grad(), counting:
        module(*inputs)
    return Counter({path: count for path, count in counting.found.items() if count})


class _Counting(TorchFunctionMode):  # type: ignore[misc]
    """Counts the calls of convolutions and linear layers, by the weight that they take."""

    def __init__(self, names: Mapping[int, str], opaque: bool) -> None:
        """`opaque`: whether extern ops may call them with tensors that have no name here."""
        super().__init__()
        self.found: Counter[str] = Counter()
        self._names = names
        self._opaque = opaque

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in _CONVOLUTIONS or func is F.linear:
            self._add(args[1], result)
        elif func in _TRANSPOSED:
            self._add(args[1], args[0])
        return result

    def _add(self, weight: Tensor, positions: Tensor) -> None:
        """Every element of `positions` meets one filter."""
        if self._opaque and id(weight) not in self._names:
            return
        self.found[self._names[id(weight)]] += positions.numel() * weight[0].numel()


def of_model(plan: Plan, graph: Graph, shapes: Mapping[str, Sequence[int]]) -> Counter[str]:
    """Multiply-adds by layer, from the nodes and the shapes that tensors had in a run.

    Args:
        shapes: of inputs and all tensors that nodes write, for a batch of one.
    """
    layers = _layers(graph)
    # Linear layers on maps turn their weight before they multiply by it.
    weights = {weight.name: weight.name for weight in plan.weights}
    known = {**shapes, **{weight.name: weight.shape for weight in plan.weights}}
    found: Counter[str] = Counter()
    for node in plan.nodes:
        if node.op == "Transpose" and node.inputs[0] in weights:
            weights[node.outputs[0].name] = weights[node.inputs[0]]
        if len(node.inputs) < 2 or node.inputs[1] not in weights:
            continue
        read, result = known[node.inputs[0]], known[node.outputs[0].name]
        weight, layer = known[node.inputs[1]], layers.get(weights[node.inputs[1]], "")
        if node.op == "Conv":
            found[layer] += prod(result) * prod(weight[1:])
        elif node.op == "ConvTranspose":
            found[layer] += prod(read) * prod(weight[1:])
        elif node.op in ("Gemm", "MatMul"):
            found[layer] += prod(result) * read[-1]
    return +found


def _layers(graph: Graph) -> dict[str, str]:
    """The path of the layer that a tensor of the state dict belongs to."""
    return {key: step.path for step, key, _ in graph.tensors()}
