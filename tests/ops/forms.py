"""Applies ops by name, and builds live PyTorch modules from the records that layers answer with."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from archdsl.ops import op
from archdsl.ops.base import (
    REQUIRED,
    Layer,
    Problem,
    SameAs,
    TorchArg,
    TorchCall,
    TorchForm,
    TorchIndex,
    TorchModule,
    TorchOperator,
)
from archdsl.ops.torch_support import SUPPORT
from archdsl.types import Dim, TensorType


def filled(name: str, given: Mapping[str, object]) -> dict[str, object]:
    """The arguments with defaults filled in, checked against their kinds."""
    found = op(name)
    assert found is not None, name
    args: dict[str, object] = {}
    for parameter in found.parameters:
        value = given.get(parameter.name, parameter.default)
        args[parameter.name] = args[value.parameter] if isinstance(value, SameAs) else value
    assert given.keys() <= args.keys()
    assert REQUIRED not in args.values()
    for parameter in found.parameters:
        assert parameter.kind.accepts(args[parameter.name]), (parameter, args[parameter.name])
        assert parameter.fault(args[parameter.name]) is None
    return args


def apply(name: str, *shapes: tuple[Dim, ...], **given: object) -> Layer | Problem:
    """An op on inputs of these shapes."""
    found = op(name)
    assert found is not None, name
    return found.apply(filled(name, given), tuple(map(TensorType, shapes)))


def layer(name: str, *shapes: tuple[Dim, ...], **given: object) -> Layer:
    found = apply(name, *shapes, **given)
    assert isinstance(found, Layer), found
    return found


def problem(name: str, *shapes: tuple[Dim, ...], **given: object) -> Problem:
    found = apply(name, *shapes, **given)
    assert isinstance(found, Problem), found
    return found


def arguments(args: tuple[TorchArg, ...]) -> list[str]:
    """Arguments as source text, without those that are PyTorch's own defaults."""
    return [
        f"{arg.name}={arg.value!r}" if arg.keyword else repr(arg.value)
        for arg in args
        if arg.default is REQUIRED
        or (type(arg.value), arg.value) != (type(arg.default), arg.default)
    ]


def text(form: TorchForm, inputs: tuple[str, ...] = ("x",)) -> str:
    """A PyTorch form as an expression."""
    if isinstance(form, TorchModule):
        return f"{form.cls}({', '.join(arguments(form.args))})"
    if isinstance(form, TorchCall):
        first = [f"[{', '.join(inputs)}]"] if form.listed else list(inputs)
        if form.function.startswith("."):
            return f"{inputs[0]}{form.function}({', '.join(arguments(form.args))})"
        return f"{form.function}({', '.join(first + arguments(form.args))})"
    if isinstance(form, TorchOperator):
        return f" {form.symbol} ".join(inputs)
    if isinstance(form, TorchIndex):
        return f"{inputs[0]}{form.text}"
    return form.value


class Applied(nn.Module):
    """A form that is no module, as one."""

    def __init__(self, function: Callable[..., Any], own: nn.Parameter | None = None) -> None:
        super().__init__()
        self.function = function
        if own is not None:
            self.own = own

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


def module(found: Layer) -> nn.Module:
    """The live module of a layer."""
    form = found.op.pytorch(found)
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "Tensor": Tensor}
    if isinstance(form, TorchModule):
        if form.support:
            exec(SUPPORT[form.cls], names)  # noqa: S102
        built = eval(text(form), names)  # noqa: S307
        assert isinstance(built, nn.Module)
        return built
    inputs = tuple(f"x{index}" for index in range(len(found.inputs)))
    if found.weights:
        value = nn.Parameter(eval(text(form), names))  # noqa: S307
        return Applied(lambda x: x * value, value)
    return Applied(eval(f"lambda {', '.join(inputs)}: {text(form, inputs)}", names))  # noqa: S307
