"""Compiles, creates and runs networks: what the oracle compares."""

from collections.abc import Mapping

import onnxruntime
import torch
from torch import Tensor, nn

from archdsl.backends.pytorch import emit
from archdsl.elaborate import Elaborator
from archdsl.graph.ir import Graph
from archdsl.source import Source

onnxruntime.set_default_logger_severity(4)
Results = dict[str, Tensor]


class Disagreement(AssertionError):
    """What two sides differ in."""


def agree(condition: bool, message: str) -> None:
    if not condition:
        raise Disagreement(message)


def compiled(text: str) -> Graph:
    """The graph of a source, which has to be free of errors."""
    elaborator = Elaborator(Source("net.arch", text), "net.arch", lambda path, shown: "no files")
    graph = elaborator.elaborate("Net").graph
    if elaborator.diagnostics or graph is None:
        found = [f"{one.span.line}: {one.message}" for one in elaborator.diagnostics]
        raise Disagreement(f"a legal network is refused: {'; '.join(found)}")
    return graph


def emitted(graph: Graph) -> nn.Module:
    """The emitted module, created."""
    names: dict[str, object] = {"__name__": "emitted"}
    exec(compile(emit(graph), "emitted.py", "exec"), names)  # noqa: S102
    made = names["Net"]
    assert isinstance(made, type)
    module = made()
    assert isinstance(module, nn.Module)
    return module


def run(model: bytes, feeds: list[Tensor], optimised: bool) -> list[Tensor]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if not optimised:
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    found = session.run(None, {name: x.numpy() for name, x in zip(names, feeds, strict=True)})
    return [torch.from_numpy(one) for one in found]


def outputs(module: nn.Module, graph: Graph, inputs: list[Tensor], training: bool) -> Results:
    """The outputs of a module by name, in the order of the source."""
    with torch.no_grad():
        found = module(*inputs)
    names = [output.name for output in graph.outputs if training or not output.training]
    if isinstance(found, Tensor):
        agree(len(names) == 1, f"the module returns one value for {names}")
        return {names[0]: found}
    return {name: getattr(found, name) for name in names}


def called(
    module: nn.Module, inputs: tuple[Tensor, ...]
) -> tuple[Mapping[str, set[tuple[int, ...]]], list[float]]:
    """The shapes that each part of a module returns, by path, and the probabilities of dropouts."""
    shapes: dict[str, set[tuple[int, ...]]] = {}
    dropped: list[float] = []

    def note(path: str, part: nn.Module, result: object) -> None:
        if isinstance(result, Tensor):
            shapes.setdefault(path, set()).add(tuple(result.shape))
        if hasattr(part, "p"):
            dropped.append(part.p)

    hooks = [
        part.register_forward_hook(lambda part, given, result, path=path: note(path, part, result))
        for path, part in module.named_modules()
    ]
    with torch.no_grad():
        module(*inputs)
    for hook in hooks:
        hook.remove()
    return shapes, sorted(dropped)
