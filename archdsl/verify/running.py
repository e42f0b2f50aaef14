"""The emitted module and the ONNX model of a network, made and run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper
from torch import Tensor, nn

from archdsl.backends import onnx
from archdsl.backends.onnx.plan import Plan, plan
from archdsl.graph.ir import Graph
from archdsl.network import Network

T = TypeVar("T")

# Its warnings go past Python to stderr; what is an error is raised as well.
onnxruntime.set_default_logger_severity(4)


class Unrunnable(Exception):
    """PyTorch or onnxruntime does not run what was written; the text says which, and why."""


@contextmanager
def refusal(what: str) -> Iterator[None]:
    """Whatever is raised inside becomes `Unrunnable`: "`what`: the reason"."""
    try:
        yield
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise Unrunnable(f"{what}: {type(error).__name__}: {reason}") from error


def emitted(graph: Graph) -> nn.Module:
    """A new module of exactly the text that `archdsl compile` writes.

    Raises:
        Unrunnable: its own imports or its constructor fail.
    """
    with refusal("the PyTorch module cannot be made"):
        return Network(graph).module().eval()


def outputs_of(
    module: nn.Module, graph: Graph, inputs: Sequence[Tensor], double: bool = False
) -> dict[str, Tensor]:
    """The outputs of evaluation mode by name; `double` for a module in float64.

    Raises:
        Unrunnable: PyTorch refuses.
    """
    names = [output.name for output in graph.outputs if not output.training]
    given = [x.double() for x in inputs] if double else inputs
    with refusal("PyTorch does not run the module"), torch.no_grad():
        found = module(*given)
    if isinstance(found, Tensor):
        return dict.fromkeys(names, found)
    return {name: getattr(found, name) for name in names}


def results_of(
    module: nn.Module, inputs: Sequence[Tensor], keep: Callable[[Tensor], T]
) -> dict[str, T]:
    """What is kept of the tensor that each part of a module returns when it is first called, by
    path.
    """
    found: dict[str, T] = {}

    def hook_of(path: str) -> Callable[[nn.Module, object, object], None]:
        def hook(part: nn.Module, given: object, result: object) -> None:
            if isinstance(result, Tensor) and path not in found:
                found[path] = keep(result)

        return hook

    hooks = [part.register_forward_hook(hook_of(path)) for path, part in module.named_modules()]
    with torch.no_grad():
        module(*inputs)
    for hook in hooks:
        hook.remove()
    return found


class Model(NamedTuple):
    """The ONNX model of a network, and the plan it was written from."""

    plan: Plan
    proto: ModelProto


def model_of(graph: Graph, module: nn.Module, opset: int) -> Model:
    """The ONNX model with the weights of a module.

    Raises:
        TooLarge: they do not fit into one model.
    """
    weights = {key: tensor.numpy() for key, tensor in module.state_dict().items()}
    return Model(plan(graph, opset), onnx.model(graph, weights, opset))


def with_shapes(model: Model) -> ModelProto:
    """The model with the shape of every tensor that a node writes as a further output."""
    proto = ModelProto()
    proto.CopyFrom(model.proto)
    for name in written(model.plan):
        proto.graph.node.append(helper.make_node("Shape", [name], [shape_name(name)]))
        info = helper.make_tensor_value_info(shape_name(name), TensorProto.INT64, None)
        proto.graph.output.append(info)
    return proto


def with_values(model: Model, names: Sequence[str]) -> ModelProto:
    """The model with these tensors as its outputs."""
    proto = ModelProto()
    proto.CopyFrom(model.proto)
    del proto.graph.output[:]
    for name in names:
        proto.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return proto


def written(plan: Plan) -> list[str]:
    """The names of all tensors that nodes write."""
    return [value.name for node in plan.nodes for value in node.outputs]


def shape_name(tensor: str) -> str:
    """The output of `with_shapes` that holds a tensor's shape."""
    return f"{tensor}#shape"


class Session:
    """A model in onnxruntime on the CPU."""

    def __init__(self, proto: ModelProto, optimised: bool) -> None:
        """Raises Unrunnable where onnxruntime refuses the model."""
        options = onnxruntime.SessionOptions()
        if not optimised:
            level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            options.graph_optimization_level = level
        providers = ["CPUExecutionProvider"]
        with refusal("onnxruntime does not take the ONNX model"):
            self._session = onnxruntime.InferenceSession(
                proto.SerializeToString(), options, providers
            )
        self._inputs = [given.name for given in self._session.get_inputs()]
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, inputs: Sequence[Tensor]) -> Mapping[str, NDArray[Any]]:
        """All outputs by name.

        Raises:
            Unrunnable: onnxruntime refuses.
        """
        feeds = {name: x.numpy() for name, x in zip(self._inputs, inputs, strict=True)}
        with refusal("onnxruntime does not run the ONNX model"):
            found = self._session.run(None, feeds)
        return dict(zip(self._outputs, found, strict=True))
