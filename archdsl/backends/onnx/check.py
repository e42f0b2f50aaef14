"""Checks of a finished model that onnx's own checker does not make.

A failure is a bug of this package, not the user's: AssertionError.
"""

from collections.abc import Iterable, Sequence
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
    # What onnx does not know ends its inference, unless the result's type is there to go on from.
    foreign = {name for node in model.graph.node if node.domain for name in node.output}
    for index in range(len(bare.graph.value_info) - 1, -1, -1):
        if bare.graph.value_info[index].name not in foreign:
            del bare.graph.value_info[index]
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


def check_functions(model: Any, flat: Any) -> None:
    """Check a model with functions against the flat one of the same network: its calls, expanded,
    are the same nodes in the same order, on the same tensors.
    """
    for function in model.functions:
        _check_function(function)
    _Expansion(model, flat).check()
    types = _types(flat)
    for name, type_ in _types(model).items():
        assert types[name] == type_, f"{name} is {type_}, and {types[name]} without functions"


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
    """Every tensor has a type, and weights and nodes have a reader."""
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
        if not node.domain and node.op_type in ("Conv", "ConvTranspose"):
            source, weight = types[node.input[0]][1], types[node.input[1]][1]
            groups = next(found.i for found in node.attribute if found.name == "group")
            assert source and weight
            own = weight[1] if node.op_type == "Conv" else weight[0]
            per = groups if node.op_type == "Conv" else 1
            assert isinstance(own, int), node.name
            assert source[1] == own * per, f"{node.name} reads {source} with a weight {weight}"


def _check_function(function: Any) -> None:
    """Every tensor of a function is written once, and has a reader as in a graph."""
    made = [*function.input, *(name for node in function.node for name in node.output)]
    assert len(set(made)) == len(made), f"{function.name} writes a tensor twice"
    read = {name for node in function.node for name in node.input}
    idle = set(function.input) - read
    idle |= _idle(function.node, read | set(function.output))
    assert not idle, f"nobody in {function.name} reads {sorted(idle)}"
    names = [node.name for node in function.node]
    assert len(set(names)) == len(names), f"two nodes of {function.name} have one name"


class _Expansion:
    """A model's calls, expanded, beside the nodes of a flat model.

    Tensors are followed by the name that they have in the flat model; a constant within a function
    has none there, and is followed by its content.
    """

    def __init__(self, model: Any, flat: Any) -> None:
        self.model = model
        self.functions = {
            (function.domain, function.name): function for function in model.functions
        }
        self.called: set[tuple[str, str]] = set()
        self.nodes = iter(flat.graph.node)
        self.contents = {tensor.name: _content(tensor) for tensor in flat.graph.initializer}

    def check(self) -> None:
        graph = self.model.graph
        names: dict[str, object] = {
            info.name: info.name for info in (*graph.input, *graph.initializer)
        }
        self._expand(graph.node, names)
        assert next(self.nodes, None) is None, "a node of the flat model is missing"
        for output in graph.output:
            assert names[output.name] == output.name, f"{output.name} is another tensor"
        idle = self.functions.keys() - self.called
        assert not idle, f"nobody calls {sorted(idle)}"

    def _expand(self, nodes: Iterable[Any], names: dict[str, object]) -> None:
        for node in nodes:
            reads = [names[name] if name else "" for name in node.input]
            key = (node.domain, node.op_type)
            if key in self.functions:
                self.called.add(key)
                function = self.functions[key]
                inner = dict(zip(function.input, reads, strict=True))
                self._expand(function.node, inner)
                results = [inner[name] for name in function.output]
            elif node.op_type == "Constant" and not node.domain:
                results = [_content(node.attribute[0].t)]
            else:
                results = self._next(node, reads)
            names.update(zip(node.output, results, strict=True))

    def _next(self, node: Any, reads: Sequence[object]) -> list[object]:
        """What the next node of the flat model writes, once it is clear that it is this one."""
        flat = next(self.nodes, None)
        assert flat is not None, f"{node.name} is not in the flat model"
        assert len(reads) == len(flat.input), (
            f"{node.name} reads {len(reads)} tensors, and {len(flat.input)} in the flat model"
        )
        for own, other in zip(reads, flat.input, strict=True):
            same = own == other or (other in self.contents and own == self.contents[other])
            assert same, f"{node.name} reads {own} in place of {other}"
        for field in ("op_type", "domain", "attribute", "doc_string"):
            own, other = getattr(node, field), getattr(flat, field)
            assert own == other, f"{node.name} has {own} in place of {other}"
        return list(flat.output)


def _content(tensor: Any) -> tuple[int, tuple[int, ...], bytes]:
    return tensor.data_type, tuple(tensor.dims), tensor.raw_data
