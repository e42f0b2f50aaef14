"""ONNX's own objects from a plan."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from archdsl.analysis import Analysis
from archdsl.backends.onnx.plan import (
    Plan,
    PlannedFunction,
    PlannedNode,
    Recipe,
    Stored,
    Value,
)
from archdsl.backends.onnx.records import Attribute, Constant, Shape
from archdsl.backends.onnx.wire import Tensor
from archdsl.graph.ir import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def skeleton(graph: Graph, plan: Plan, opset: int) -> Any:
    """The model with weights as inputs: small, so that checking it is cheap."""
    from onnx import ModelProto, helper

    from archdsl import __version__

    opsets = _opsets(plan.nodes, opset)
    model = ModelProto(
        # 10 is the first with metadata on nodes, and as old as what onnxruntime 1.20 reads.
        ir_version=max(10, helper.find_min_ir_version_for(opsets[:1])),
        opset_import=opsets,
        producer_name="archdsl",
        producer_version=__version__,
    )
    body = model.graph
    body.name = graph.name
    if graph.doc:
        model.doc_string = body.doc_string = graph.doc
    for node in plan.nodes:
        _add_node(body, node)
    results = {value.name for value in plan.outputs}
    types = _Types()
    for value in plan.inputs:
        types.add(body.input, value)
    for weight in plan.weights:
        types.add(body.input, Value(weight.name, weight.shape))
    for value in plan.outputs:
        types.add(body.output, value)
    body.initializer.extend(_constant(name, constant) for name, constant in plan.constants)
    for node in plan.nodes:
        for value in node.outputs:
            if value.name not in results:
                types.add(body.value_info, value)
    for function in plan.functions:
        _add_function(model, plan.domain, function, opset)
    helper.set_model_props(model, _metadata(graph, plan))
    return model


def without_weight_inputs(model: Any, plan: Plan) -> Any:
    """A skeleton that waits for its weights as initializers."""
    del model.graph.input[len(plan.inputs) :]
    return model


def tensors(plan: Plan, weights: Mapping[str, "NDArray[Any]"]) -> tuple[Tensor, ...]:
    """The model's initializers, to be made from the state dict one at a time.

    Making one raises what its recipe raises: KeyError for a missing tensor, ValueError for one of
    another shape.
    """
    from onnx import TensorProto

    return tuple(
        Tensor(
            weight.name,
            weight.shape,
            TensorProto.FLOAT,
            weight.size,
            partial(_pieces, weight.recipe, weights),
        )
        for weight in plan.weights
    )


def _pieces(recipe: Recipe, weights: Mapping[str, "NDArray[Any]"]) -> Iterator["NDArray[Any]"]:
    if isinstance(recipe, Stored):
        yield from recipe.pieces(weights)
    else:
        yield recipe.array(weights)


def with_weights(model: Any, plan: Plan, weights: Mapping[str, "NDArray[Any]"]) -> Any:
    """The skeleton, its weights made initializers; raises what making one raises."""
    from onnx import numpy_helper

    for weight in plan.weights:
        array = weight.recipe.array(weights)
        model.graph.initializer.append(numpy_helper.from_array(array, weight.name))
    return model


def _metadata(graph: Graph, plan: Plan) -> dict[str, str]:
    analysis = Analysis(graph)
    macs = {} if analysis.macs is None else {"archdsl.macs": str(analysis.macs)}
    sizes = ", ".join(f"{name}={size}" for name, size in graph.sizes.items())
    digest = hashlib.sha256(graph.span.source.text.encode("utf-8")).hexdigest()
    folded = plan.folded_norms
    return {
        "archdsl.network": graph.name,
        "archdsl.source_sha256": digest,
        "archdsl.params": str(analysis.params),
        **macs,
        **({"archdsl.sizes": sizes} if sizes else {}),
        **({} if folded is None else {"archdsl.folded_norms": str(folded)}),
    }


def _opsets(nodes: Iterable[PlannedNode], opset: int) -> list[Any]:
    """The domains of nodes with their versions, ONNX's own first."""
    from onnx import helper

    domains = sorted({"", *(node.domain for node in nodes)})
    return [helper.make_opsetid(domain, 1 if domain else opset) for domain in domains]


def _add_function(model: Any, domain: str, function: PlannedFunction, opset: int) -> None:
    added = model.functions.add(
        domain=domain,
        name=function.name,
        input=function.inputs,
        output=function.outputs,
        opset_import=_opsets(function.nodes, opset),
    )
    if function.doc:
        added.doc_string = function.doc
    for node in function.nodes:
        _add_node(added, node)


def _add_node(body: Any, node: PlannedNode) -> None:
    """Add a node to a graph or function."""
    # onnx.helper's functions for it look at every value twice, and take three times as long.
    added = body.node.add(
        op_type=node.op,
        name=node.name,
        input=node.inputs,
        output=[value.name for value in node.outputs],
    )
    if node.doc:
        added.doc_string = node.doc
    if node.domain:
        added.domain = node.domain
    for name, value in sorted(node.attributes.items()):
        _add_attribute(added, name, value)


def _add_attribute(node: Any, name: str, value: Attribute) -> None:
    from onnx import AttributeProto

    if isinstance(value, Constant):
        node.attribute.add(name=name, t=_constant("", value), type=AttributeProto.TENSOR)
    elif isinstance(value, tuple) and isinstance(value[0], float):
        node.attribute.add(name=name, floats=value, type=AttributeProto.FLOATS)
    elif isinstance(value, tuple) and isinstance(value[0], str):
        strings = [str(text).encode("utf-8") for text in value]
        node.attribute.add(name=name, strings=strings, type=AttributeProto.STRINGS)
    elif isinstance(value, tuple):
        node.attribute.add(name=name, ints=value, type=AttributeProto.INTS)
    elif isinstance(value, int):
        node.attribute.add(name=name, i=value, type=AttributeProto.INT)
    elif isinstance(value, float):
        node.attribute.add(name=name, f=value, type=AttributeProto.FLOAT)
    else:
        node.attribute.add(name=name, s=value.encode("utf-8"), type=AttributeProto.STRING)


class _Types:
    """ONNX's objects for element types with shapes; most tensors share one with others."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Shape], Any] = {}

    def add(self, values: Any, value: Value) -> None:
        """Add a tensor's name and type to a list of them."""
        key = (value.dtype, value.shape)
        if key not in self._known:
            self._known[key] = _type(*key)
        values.add(name=value.name, type=self._known[key])


def _type(dtype: str, shape: Shape) -> Any:
    from onnx import TensorProto, TypeProto

    types = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}
    found = TypeProto()
    tensor = found.tensor_type
    tensor.elem_type = types[dtype]
    # A scalar has a shape without sizes, which is not the same as no shape.
    tensor.shape.SetInParent()
    for size in shape:
        if isinstance(size, int):
            tensor.shape.dim.add(dim_value=size)
        else:
            tensor.shape.dim.add(dim_param=str(size))
    return found


def _constant(name: str, constant: Any) -> Any:
    import numpy as np
    from onnx import numpy_helper

    dtype = np.int64 if constant.dtype == "int64" else np.float32
    return numpy_helper.from_array(np.array(constant.values, dtype).reshape(constant.shape), name)
