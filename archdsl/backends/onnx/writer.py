"""ONNX's own objects from a plan."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archdsl.analysis import Analysis
from archdsl.backends.onnx.plan import Plan, Value
from archdsl.graph.ir import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def skeleton(graph: Graph, plan: Plan, opset: int) -> Any:
    """The model with weights as inputs: small, so that checking it is cheap."""
    from onnx import helper

    from archdsl import __version__

    nodes = [
        helper.make_node(
            node.op,
            node.inputs,
            [value.name for value in node.outputs],
            name=node.name,
            doc_string=node.doc,
            **{name: _attribute(value) for name, value in sorted(node.attributes.items())},
        )
        for node in plan.nodes
    ]
    weights = [Value(weight.name, weight.shape) for weight in plan.weights]
    results = {value.name for value in plan.outputs}
    inner = [value for node in plan.nodes for value in node.outputs if value.name not in results]
    body = helper.make_graph(
        nodes,
        graph.name,
        [_info(value) for value in (*plan.inputs, *weights)],
        [_info(value) for value in plan.outputs],
        [_constant(name, constant) for name, constant in plan.constants],
        graph.doc,
        [_info(value) for value in inner],
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        body,
        opset_imports=opsets,
        # 10 is the first with metadata on nodes, and as old as what onnxruntime 1.20 reads.
        ir_version=max(10, helper.find_min_ir_version_for(opsets)),
        producer_name="archdsl",
        producer_version=__version__,
        doc_string=graph.doc,
    )
    helper.set_model_props(model, _metadata(graph, plan))
    return model


def initializers(
    plan: Plan, weights: Mapping[str, "NDArray[Any]"]
) -> Iterator[tuple[str, "NDArray[Any]"]]:
    """The model's weights by name, float32 and contiguous, one at a time.

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has another shape.
    """
    for weight in plan.weights:
        yield weight.name, weight.recipe.array(weights)


def with_weights(model: Any, plan: Plan, weights: Mapping[str, "NDArray[Any]"]) -> Any:
    """The skeleton, its weights made initializers; raises what `initializers` raises."""
    from onnx import numpy_helper

    inputs = len(plan.inputs)
    del model.graph.input[inputs:]
    for name, array in initializers(plan, weights):
        model.graph.initializer.append(numpy_helper.from_array(array, name))
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


def _attribute(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _info(value: Value) -> Any:
    from onnx import TensorProto, helper

    types = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}
    shape = [size if isinstance(size, int) else str(size) for size in value.shape]
    return helper.make_tensor_value_info(value.name, types[value.dtype], shape)


def _constant(name: str, constant: Any) -> Any:
    import numpy as np
    from onnx import numpy_helper

    dtype = np.int64 if constant.dtype == "int64" else np.float32
    return numpy_helper.from_array(np.array(constant.values, dtype).reshape(constant.shape), name)
