"""Ways to plant a mistake in archdsl, each undone by pytest's monkeypatch."""

from collections.abc import Callable
from typing import Any

import pytest

from archdsl.backends.onnx import forms
from archdsl.backends.onnx import plan as onnx_plan
from archdsl.backends.onnx.records import Constant, Form, Node, Operand, Tensor
from archdsl.backends.pytorch import inplace
from archdsl.elaborate import binding, merges
from archdsl.graph.builder import Builder
from archdsl.graph.ir import Step
from archdsl.ops import conv, op, pool, shape, window
from archdsl.ops.base import Layer, Op, TorchCall, TorchIndex, TorchModule
from archdsl.ops.torch_support import SUPPORT
from archdsl.syntax import ast
from archdsl.types import TensorType

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]

# --- one function, attribute or argument ----------------------------------------------------------


def onnx_form(name: str, change: Callable[[Form, Layer], Form]) -> Plant:
    """An op's ONNX form, changed."""

    def plant(patch: Patch) -> None:
        right = forms.FORMS[name]
        patch.setitem(forms.FORMS, name, lambda layer, opset: change(right(layer, opset), layer))

    return plant


def onnx_arguments(name: str, **changes: Callable[[Any], Any]) -> Plant:
    """An op's ONNX form for other arguments than the layer's."""

    def plant(patch: Patch) -> None:
        right = forms.FORMS[name]

        def wrong(layer: Layer, opset: int) -> Form:
            args = {**layer.args, **{one: fix(layer.args[one]) for one, fix in changes.items()}}
            return right(layer._replace(args=args), opset)

        patch.setitem(forms.FORMS, name, wrong)

    return plant


def attribute(name: str, key: str, change: Callable[[Any], Any]) -> Plant:
    """An attribute of the nodes of an op's ONNX form."""

    def changed(form: Form, layer: Layer) -> Form:
        return every_node(
            form,
            lambda node: node._replace(
                attributes={
                    one: change(value) if one == key else value
                    for one, value in node.attributes.items()
                }
            ),
        )

    return onnx_form(name, changed)


def every_node(form: Any, change: Callable[[Node], Node]) -> Any:
    """A form with every node changed, operands first."""
    if not isinstance(form, Node):
        return form
    operands = tuple(every_node(operand, change) for operand in form.operands)
    return change(form._replace(operands=operands))


def node_type(name: str, right: str, wrong: str) -> Plant:
    """Another type for the nodes of an op's ONNX form."""
    return onnx_form(
        name,
        lambda form, layer: every_node(
            form, lambda node: node._replace(op=wrong) if node.op == right else node
        ),
    )


def operands(
    name: str, right: str, change: Callable[[tuple[Operand, ...]], tuple[Operand, ...]]
) -> Plant:
    """Other operands for the nodes of this type in an op's ONNX form."""
    return onnx_form(
        name,
        lambda form, layer: every_node(
            form,
            lambda node: (
                node._replace(operands=change(node.operands)) if node.op == right else node
            ),
        ),
    )


def torch_argument(name: str, argument: str, change: Callable[[Any], Any]) -> Plant:
    """An argument of an op's PyTorch form."""

    def plant(patch: Patch) -> None:
        found = op(name)
        assert found is not None
        right = found.pytorch

        def wrong(layer: Layer) -> Any:
            form = right(layer)
            if not isinstance(form, TorchModule | TorchCall):
                return form
            args = [
                one._replace(value=change(one.value)) if one.name == argument else one
                for one in form.args
            ]
            return form._replace(args=tuple(args))

        patch.setattr(found, "pytorch", wrong, raising=False)

    return plant


def replaced(holder: Any, name: str, wrong: Any) -> Plant:
    """A function or attribute of archdsl."""
    return lambda patch: patch.setattr(holder, name, wrong)


def method(name: str, attribute: str, change: Callable[..., Any]) -> Plant:
    """A method of an op; `change` takes the right result and the layer or arguments."""

    def plant(patch: Patch) -> None:
        found = op(name)
        assert found is not None
        right = getattr(found, attribute)
        patch.setattr(found, attribute, lambda *args: change(right(*args), *args), raising=False)

    return plant


def support(name: str, right: str, wrong: str) -> Plant:
    """A line of a class that emitted files define."""

    def plant(patch: Patch) -> None:
        assert right in SUPPORT[name]
        patch.setitem(SUPPORT, name, SUPPORT[name].replace(right, wrong))

    return plant


def resized(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """A layer whose result has other spatial sizes."""

    def changed(layer: Any, *args: object) -> Any:
        if not isinstance(layer, Layer):
            return layer
        types = [TensorType((one.channels, *map(change, one.spatial))) for one in layer.outputs]
        return layer._replace(outputs=tuple(types))

    return changed


# --- in the elaborator and the builder, so that both targets have them ----------------------------


def reversed_concat(patch: Patch) -> None:
    right = merges.merge

    def merge(context: Any, join: Op, args: Any, values: Any, *rest: Any) -> Any:
        return right(context, join, args, values[::-1] if join.name == "concat" else values, *rest)

    patch.setattr(merges, "merge", merge)


def branch_as_its_own_shortcut(patch: Patch) -> None:
    right = merges.merge

    def merge(
        context: Any, join: Op, args: Any, values: Any, span: Any, node: Any, spans: Any
    ) -> Any:
        wrong = isinstance(node, ast.Residual) and join.name == "add"
        return right(context, join, args, (values[0],) * 2 if wrong else values, span, node, spans)

    patch.setattr(merges, "merge", merge)


def reversed_parts(patch: Patch) -> None:
    right = Builder.add

    def add(self: Builder, layer: Layer, *args: Any, **named: Any) -> tuple[int, ...]:
        values: tuple[int, ...] = right(self, layer, *args, **named)
        return values[::-1] if layer.op.name in ("chunk", "split") else values

    patch.setattr(Builder, "add", add)


def defaults_of_conv_alone(patch: Patch) -> None:
    patch.setattr(binding, "INHERITED_DEFAULTS", {})


def unshared_in_onnx(patch: Patch) -> None:
    """Later uses of a shared layer have weights of their own."""
    right = onnx_plan._Planner._operand

    def operand(self: Any, step: Step, found: Operand, constant: str, written: Any) -> str:
        if isinstance(found, Tensor) and step.use_of is not None:
            weight = next(one for one in step.layer.weights if one.name == found.name)
            found = Constant((0.1,) * weight.count, weight.shape, "float")
        name: str = right(self, step, found, constant, written)
        return name

    patch.setattr(onnx_plan._Planner, "_operand", operand)


def same_lower(patch: Patch) -> None:
    """The odd element of `same_upper` at the start."""
    right = window._same_upper_pads

    def pads(*args: Any) -> Any:
        found = right(*args)
        return tuple(pair[::-1] for pair in found) if isinstance(found, tuple) else found

    patch.setattr(window, "_same_upper_pads", pads)


def in_place_always(patch: Patch) -> None:
    patch.setattr(inplace, "_is_fresh", lambda *args: True)


def padded_with_zeros(patch: Patch) -> None:
    for rank in (1, 2, 3):
        support(f"PaddedMaxPool{rank}d", 'float("-inf")', "0.0")(patch)


def pads_of_axes_swapped(patch: Patch) -> None:
    for module in (conv, pool, shape):
        patch.setattr(
            module, "torch_pads", lambda pads: tuple(amount for pair in pads for amount in pair)
        )


# --- in one of the targets ------------------------------------------------------------------------


def padding_before_and_after_swapped(patch: Patch) -> None:
    def onnx_pads(pads: Any) -> tuple[int, ...]:
        return (*(after for _, after in pads), *(before for before, _ in pads))

    patch.setattr(forms.conv, "onnx_pads", onnx_pads)
    patch.setattr(forms.pool, "onnx_pads", onnx_pads)


def without_bias(found: tuple[Operand, ...]) -> tuple[Operand, ...]:
    return found[:2]


def bias_again(form: Form, layer: Layer) -> Form:
    """A convolution whose bias is added to its result once more."""
    if not isinstance(form, Node) or len(form.operands) < 3:
        return form
    rank = layer.inputs[0].rank
    channels = layer.outputs[0].channels
    axes = Constant(tuple(range(1, rank + 1)), (rank,), "int64")
    bias = Node("Unsqueeze", (Tensor("bias"), axes), {}, (channels, *(1,) * rank))
    result = form._replace(shape=("N", *layer.outputs[0].shape))
    return Node("Add", (result, bias))


def strides_and_dilations_swapped(form: Any, layer: Layer) -> Any:
    return every_node(
        form,
        lambda node: (
            node._replace(
                attributes={
                    **node.attributes,
                    "strides": node.attributes["dilations"],
                    "dilations": node.attributes["strides"],
                }
            )
            if node.op == "Conv"
            else node
        ),
    )


def torch_strides_and_dilations_swapped(form: Any, layer: Layer) -> Any:
    renamed = {"stride": "dilation", "dilation": "stride"}
    args = {arg.name: arg for arg in form.args}
    swapped = [
        arg._replace(value=args[renamed[arg.name]].value) if arg.name in renamed else arg
        for arg in form.args
    ]
    return form._replace(args=tuple(swapped))


def cropped_other_way(form: Any, layer: Layer) -> TorchIndex:
    cuts: Any = layer.args["sizes"]
    parts = [f"{after or ''}:{-before or ''}" for before, after in cuts]
    return TorchIndex(f"[:, :, {', '.join(parts)}]")


def inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(axis) for axis in range(len(order)))
