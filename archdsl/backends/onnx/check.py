"""Checks of a finished model that onnx's own checker does not make.

A failure is a bug of this package, not the user's: AssertionError.
"""

from collections.abc import Iterable
from typing import Any


def check(model: Any) -> None:
    """Check a model without weights: onnx's checker, strict shape inference, and the types that
    were written against those that follow from the nodes.
    """
    import onnx
    from onnx import shape_inference

    onnx.checker.check_model(model, full_check=True)
    _check_names(model)
    written = _types(model)
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    for output in bare.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = shape_inference.infer_shapes(bare, check_type=True, strict_mode=True, data_prop=True)
    for name, (dtype, shape) in _types(inferred).items():
        own_dtype, own_shape = written[name]
        assert dtype in (0, own_dtype), f"{name} has the element type {dtype}, not {own_dtype}"
        assert shape is None or _agree(shape, own_shape or ()), (
            f"{name} is {shape}, not {own_shape}"
        )
    _check_sizes(written)
    _check_convolutions(model, written)


def _agree(one: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    return len(one) == len(other) and all(
        a == b for a, b in zip(one, other, strict=True) if isinstance(a, int) and isinstance(b, int)
    )


def _types(model: Any) -> dict[str, tuple[int, tuple[int | str, ...] | None]]:
    """Element type and shape of every tensor that has a type."""
    graph = model.graph
    found: dict[str, tuple[int, tuple[int | str, ...] | None]] = {
        tensor.name: (tensor.data_type, tuple(tensor.dims)) for tensor in graph.initializer
    }
    for info in (*graph.input, *graph.value_info, *graph.output):
        type_ = info.type.tensor_type
        shape = tuple(
            size.dim_value if size.HasField("dim_value") else size.dim_param
            for size in type_.shape.dim
        )
        found[info.name] = (type_.elem_type, shape if type_.HasField("shape") else None)
    return found


def _check_names(model: Any) -> None:
    """Every tensor has a type and, inputs of the network apart, a reader; of several results of a
    node one is enough.
    """
    graph = model.graph
    outputs = {info.name for info in graph.output}
    made = [name for node in graph.node for name in node.output]
    assert len(set(made)) == len(made), "a tensor is written twice"
    typed = outputs | {info.name for info in graph.value_info}
    assert set(made) == typed, f"types are missing or idle: {set(made) ^ typed}"
    read = {name for node in graph.node for name in node.input}
    idle = {tensor.name for tensor in graph.initializer} - read
    idle |= _idle(graph.node, read | outputs)
    assert not idle, f"nobody reads {sorted(idle)}"
    names = [node.name for node in graph.node]
    assert len(set(names)) == len(names), "two nodes have one name"


def _idle(nodes: Iterable[Any], read: set[str]) -> set[str]:
    """Results of nodes of which nobody reads any."""
    return {name for node in nodes if not read.intersection(node.output) for name in node.output}


def _check_sizes(types: dict[str, tuple[int, tuple[int | str, ...] | None]]) -> None:
    for name, (_, shape) in types.items():
        for size in shape or ():
            assert size != "" and (isinstance(size, str) or size > 0), f"{name} is {shape}"


def _check_convolutions(
    model: Any, types: dict[str, tuple[int, tuple[int | str, ...] | None]]
) -> None:
    """onnx accepts a convolution whose weight does not fit the channels of its input."""
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose"):
            source, weight = types[node.input[0]][1], types[node.input[1]][1]
            groups = next(found.i for found in node.attribute if found.name == "group")
            assert source and weight
            own = weight[1] if node.op_type == "Conv" else weight[0]
            per = groups if node.op_type == "Conv" else 1
            assert isinstance(own, int), node.name
            assert source[1] == own * per, f"{node.name} reads {source} with a weight {weight}"
