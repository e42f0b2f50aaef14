"""A reference executor: runs a graph's steps one after the other, each as a PyTorch module or
function of its own.

It knows nothing of classes, chains and variables, so that it can judge what the PyTorch backend
makes of them.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from archdsl.graph.ir import Graph, Step
from archdsl.ops.base import (
    TorchArg,
    TorchCall,
    TorchIndex,
    TorchModule,
    TorchOperator,
    TorchParameter,
)
from archdsl.ops.torch_support import SUPPORT

SAFE_NAMES = {"torch": torch, "nn": nn, "F": F, "Tensor": Tensor}


def namespace() -> dict[str, object]:
    names: dict[str, object] = dict(SAFE_NAMES)
    exec("\n\n".join(SUPPORT.values()), names)  # noqa: S102 - our own helper classes
    return names


def arguments(args: tuple[TorchArg, ...]) -> tuple[list[object], dict[str, object]]:
    given = [
        arg
        for arg in args
        if not (type(arg.value) is type(arg.default) and arg.value == arg.default)
    ]
    return [arg.value for arg in given if not arg.keyword], {
        arg.name: arg.value for arg in given if arg.keyword
    }


class Reference:
    """Runs a graph on the weights of a state dict."""

    def __init__(self, graph: Graph, state: dict[str, Tensor], training: bool = False) -> None:
        self.graph = graph
        self.state = state
        self.training = training
        self.names = namespace()

    def __call__(self, *inputs: Tensor) -> dict[str, Tensor]:
        values: dict[int, Tensor] = {
            given.value: tensor for given, tensor in zip(self.graph.inputs, inputs, strict=True)
        }
        for step in self.graph.steps:
            results = self.run(step, [values[value] for value in step.inputs])
            values.update(zip(step.outputs, results, strict=True))
        return {output.name: values[output.value] for output in self.graph.outputs}

    def run(self, step: Step, operands: list[Tensor]) -> tuple[Tensor, ...]:
        form = step.layer.op.pytorch(step.layer)
        result: Any
        if isinstance(form, TorchModule):
            result = self.module(form, step.path)(*operands)
            if form.inplace:
                # In place the strides stay, and kernels are chosen by them.
                result = operands[0].clone().copy_(result)
        elif isinstance(form, TorchParameter):
            result = operands[0] * self.state[step.path]
        elif isinstance(form, TorchIndex):
            result = eval(f"x{form.text}", {"x": operands[0]})  # noqa: S307 - an index of ours
        elif isinstance(form, TorchOperator):
            result = operands[0]
            for operand in operands[1:]:
                result = result + operand if form.symbol == "+" else result * operand
        else:
            result = self.call(form, operands)
        return tuple(result) if isinstance(result, tuple | list) else (result,)  # type: ignore[return-value]

    def call(self, form: TorchCall, operands: list[Tensor]) -> object:
        positional, keywords = arguments(form.args)
        if form.function.startswith("."):
            return getattr(operands[0], form.function[1:])(*positional, *operands[1:], **keywords)
        function = eval(form.function, dict(self.names))  # noqa: S307 - a name of ours
        given = [operands] if form.listed else operands
        return function(*given, *positional, **keywords)

    def module(self, form: TorchModule, path: str) -> nn.Module:
        positional, keywords = arguments(form.args)
        made = eval(form.cls, dict(self.names))(*positional, **keywords)  # noqa: S307 - ours
        own = {
            key.removeprefix(f"{path}."): tensor.clone()
            for key, tensor in self.state.items()
            if key.startswith(f"{path}.")
        }
        made.load_state_dict(own)
        assert isinstance(made, nn.Module)
        return made.train(self.training)


def calibrated(module: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Weights on which mistakes show: random scales and biases, running statistics from a pass."""
    generator = torch.Generator().manual_seed(1)
    for parameter in module.parameters():
        if parameter.dim() <= 1:
            parameter.data.add_(torch.rand(parameter.shape, generator=generator) * 0.4 - 0.2)
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.reset_running_stats()
            part.momentum = None
    with torch.no_grad():
        module.train()(*inputs)
    return module.eval().state_dict()
