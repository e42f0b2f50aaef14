"""The first step whose result differs.

Every step of the model is given back what it read in onnxruntime, as a PyTorch module of its own:
what an earlier step got wrong does not count against a later one.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from archdsl.analysis import Analysis
from archdsl.graph.ir import Graph, GraphInput, GraphOutput, Instance, Step
from archdsl.ops.base import Layer
from archdsl.verify.compare import Comparison, compare
from archdsl.verify.running import Model, Session, emitted, outputs_of, results_of, with_values


class Located(NamedTuple):
    """Where results part.

    Attributes:
        alone: whether the step differs on the same operands; if not, the module as a whole hands
            it other ones, or differs from its steps.
    """

    step: Step
    comparison: Comparison
    alone: bool


def first_difference(
    graph: Graph, module: nn.Module, model: Model, inputs: Sequence[Tensor], optimised: bool
) -> Located | None:
    """The first step at which the model differs from PyTorch.

    None where every step agrees: then what the optimiser makes of the whole model is at fault.

    Raises:
        Unrunnable: PyTorch or onnxruntime refuses a step.
    """
    values = _values(graph, model, inputs, optimised)
    return _first_alone(graph, module.state_dict(), values) or _first_within(
        graph, module, inputs, values
    )


def _values(
    graph: Graph, model: Model, inputs: Sequence[Tensor], optimised: bool
) -> dict[int, Tensor]:
    """All values of the graph, as onnxruntime computes them."""
    names = model.plan.names
    given = {entry.name: x for entry, x in zip(graph.inputs, inputs, strict=True)}
    wanted = list(dict.fromkeys(name for name in names.values() if name not in given))
    found = Session(with_values(model, wanted), optimised).run(inputs)
    tensors = {**given, **{name: torch.from_numpy(array) for name, array in found.items()}}
    return {value: tensors[name] for value, name in names.items()}


def _first_alone(
    graph: Graph, state: Mapping[str, Tensor], values: Mapping[int, Tensor]
) -> Located | None:
    for step in Analysis(graph).live_steps:
        single = _single(graph, step.layer)
        module = _with_weights(emitted(single), graph.owner(step), state)
        operands = [values[value] for value in step.inputs]
        plain = outputs_of(module, single, operands)
        exact = outputs_of(module.double(), single, operands, double=True)
        for output, value in zip(single.outputs, step.outputs, strict=True):
            if value in values:
                found = compare(exact[output.name], plain[output.name], values[value])
                if not found.agrees:
                    return Located(step, found, True)
    return None


def _single(graph: Graph, layer: Layer) -> Graph:
    """A network of this layer alone."""
    place = graph.span
    origin = graph.instances[0].origin
    reads = tuple(range(len(layer.inputs)))
    writes = tuple(range(len(reads), len(reads) + len(layer.outputs)))
    root = Instance("network", "One", "", "", "", None, (), reads, writes, (0,), {}, origin, None)
    return Graph(
        "One",
        "",
        place,
        tuple(GraphInput(f"x{value}", "tensor", value, place) for value in reads),
        tuple(GraphOutput(f"y{value}", value, False, place) for value in writes),
        (*layer.inputs, *layer.outputs),
        (Step(layer, reads, writes, "layer", "layer", 0, origin),),
        (root,),
        graph.symbols,
        graph.sizes,
        (),
    )


def _with_weights(module: nn.Module, owner: Step, state: Mapping[str, Tensor]) -> nn.Module:
    """A module of one layer, with that layer's weights in the network."""
    # Of an extern op only the module knows which tensors it has.
    ends = [key.removeprefix("layer") for key in module.state_dict()]
    module.load_state_dict({f"layer{end}": state[f"{owner.path}{end}"] for end in ends})
    return module


def _first_within(
    graph: Graph, module: nn.Module, inputs: Sequence[Tensor], values: Mapping[int, Tensor]
) -> Located | None:
    """The first layer whose result within the whole module is another one."""
    # A clone, since what comes next may work in place.
    plain = results_of(module, inputs, Tensor.clone)
    double = copy.deepcopy(module).double()
    exact = results_of(double, [x.double() for x in inputs], Tensor.clone)
    for step in Analysis(graph).live_steps:
        weighted = step.use_of is None and step.layer.weights
        if weighted and step.path in plain and step.outputs[0] in values:
            found = compare(exact[step.path], plain[step.path], values[step.outputs[0]])
            if not found.agrees:
                return Located(step, found, False)
    return None
