"""Names, shapes and sizes of weights and of results."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from math import prod

from torch import Tensor, nn

from archdsl.analysis import Analysis
from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight
from archdsl.types import Dim
from archdsl.verify.cases import Case, shape_at
from archdsl.verify.report import Count
from archdsl.verify.running import Model, results_of
from archdsl.weights.names import COUNTER

Shapes = Mapping[str, tuple[int, ...]]


def state_dict_differences(graph: Graph, module: nn.Module) -> Iterator[str]:
    """Where the module's state dict has other names, shapes or another order than the graph's; what
    the modules of extern ops have in it, they alone know.
    """
    opaque = graph.opaque_paths()
    wanted = ((key, weight.shape) for key, weight in graph.weights())
    found = (
        (key, tuple(tensor.shape))
        for key, tensor in module.state_dict().items()
        if not key.startswith(opaque)
    )
    for number, (one, other) in enumerate(zip_longest(wanted, found)):
        if one != other:
            yield (
                f"tensor {number} of the state dict is {_tensor(one)} in the analysis, "
                f"{_tensor(other)} in PyTorch"
            )


def _tensor(entry: tuple[str, tuple[int, ...]] | None) -> str:
    return f"{entry[0]} {list(entry[1])}" if entry else "missing"


def initializer_differences(graph: Graph, model: Model) -> Iterator[str]:
    """Where the model's initializers are other than the weights that evaluation uses."""
    wanted = {key: weight.shape for key, weight in _used(graph).items()}
    found = _initializers(model)
    for key in dict.fromkeys((*wanted, *found)):
        if wanted.get(key) != found.get(key):
            yield (
                f"the tensor {key} is {_shape(wanted.get(key))} in the analysis, "
                f"{_shape(found.get(key))} in ONNX"
            )


def weight_counts(graph: Graph, module: nn.Module, model: Model) -> Iterator[Count]:
    """Parameters and tensors; where some are for training alone, those of evaluation by
    themselves.
    """
    used, written = _used(graph), _initializers(model)
    all_ = Analysis(graph).params
    pytorch = sum(parameter.numel() for parameter in module.parameters())
    evaluation = sum(weight.count for weight in used.values() if weight.trainable)
    onnx = sum(prod(written[key]) for key in written if key in used and used[key].trainable)
    if evaluation == all_:
        yield _count("parameters", all_, pytorch=pytorch, onnx=onnx)
    else:
        yield _count("parameters", all_, pytorch=pytorch)
        yield _count("parameters used in evaluation", evaluation, onnx=onnx)
    tensors = sum(1 for _ in graph.weights())
    opaque = graph.opaque_paths()
    stored = sum(not key.startswith(opaque) for key in module.state_dict())
    yield _count("tensors of the state dict", tensors, pytorch=stored)
    yield _count("tensors used in evaluation", len(used), onnx=len(written))


def _used(graph: Graph) -> dict[str, Weight]:
    """The weights of the steps that outputs of evaluation mode depend on."""
    owners = {graph.owner(step).path for step in Analysis(graph).live_steps}
    return {
        key: weight
        for step, key, weight in graph.tensors()
        if step.path in owners and weight.name != COUNTER
    }


def _initializers(model: Model) -> dict[str, tuple[int, ...]]:
    constants = {name for name, _ in model.plan.constants}
    return {
        tensor.name: tuple(tensor.dims)
        for tensor in model.proto.graph.initializer
        if tensor.name not in constants
    }


def _shape(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else str(list(shape))


def _count(
    what: str, analysis: int, *, pytorch: int | None = None, onnx: int | None = None
) -> Count:
    found = [number for number in (pytorch, onnx) if number is not None]
    return Count(what, analysis, pytorch, onnx, all(number == analysis for number in found))


class ResultShapes:
    """Shapes of results, inferred and as they were in one run of the module and of the model."""

    def __init__(
        self,
        graph: Graph,
        case: Case,
        module: nn.Module,
        inputs: Sequence[Tensor],
        model: Model,
        ran: Shapes,
    ) -> None:
        """`ran` has the shape of every tensor that the model's nodes wrote."""
        self._case = case
        self._model = ran
        self._planned = {
            value.name: tuple(map(self._size, value.shape))
            for node in model.plan.nodes
            for value in node.outputs
        }
        # Only layers with weights stand in the module under their path, whoever asks.
        self._module = results_of(module, inputs, lambda result: tuple(result.shape))
        self._layers = {
            step.path: (case.batch, *shape_at(graph, step.outputs[0], case.sizes))
            for step in Analysis(graph).live_steps
            if step.use_of is None and step.layer.weights and step.path in self._module
        }

    def _size(self, size: Dim | str) -> int:
        """The batch, which has a name, or a size."""
        if isinstance(size, str):
            return self._case.batch
        return size if isinstance(size, int) else size.evaluate(self._case.sizes)

    def count(self) -> Count:
        """How many tensors the model wrote and how many modules returned results, as inferred."""
        written = sum(shape == self._model[name] for name, shape in self._planned.items())
        returned = sum(shape == self._module[path] for path, shape in self._layers.items())
        agree = written == len(self._planned) and returned == len(self._layers)
        what = f"shapes of results, batch {self._case.batch}"
        return Count(what, len(self._planned), returned, written, agree)

    def differences(self) -> Iterator[str]:
        for name, shape in self._planned.items():
            if shape != self._model[name]:
                other = list(self._model[name])
                yield f"the result {name} is {list(shape)} in the analysis, {other} in ONNX"
        for path, shape in self._layers.items():
            if shape != self._module[path]:
                other = list(self._module[path])
                yield f"the result of {path} is {list(shape)} in the analysis, {other} in PyTorch"
