"""All comparisons of one network, as a report."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from archdsl.backends.onnx import check_size
from archdsl.graph.ir import Graph
from archdsl.verify.calibrate import (
    REACTION,
    calibrate,
    load_weights,
    random_inputs,
    reaction,
)
from archdsl.verify.cases import Case, cases
from archdsl.verify.compare import compare
from archdsl.verify.counting import Counts, of_analysis, of_model, of_module
from archdsl.verify.locate import Located, first_difference
from archdsl.verify.report import Count, Output, Report
from archdsl.verify.running import (
    Model,
    Session,
    emitted,
    model_of,
    outputs_of,
    refusal,
    shape_name,
    with_shapes,
    written,
)
from archdsl.verify.tensors import (
    ResultShapes,
    Shapes,
    initializer_differences,
    state_dict_differences,
    weight_counts,
)

CALIBRATION_BATCH = 8
"""Samples of the pass that statistics come from; fewer make deep networks amplify rounding."""


def verify(
    graph: Graph, opset: int, seed: int = 0, weights: Mapping[str, NDArray[Any]] | None = None
) -> Report:
    """Compare a network's emitted PyTorch module, its ONNX model and its analysis.

    Args:
        graph: one that ONNX can express at this opset.
        seed: of weights and inputs.
        weights: arrays by the paths of the state dict, instead of random, calibrated ones.

    Raises:
        Unrunnable: PyTorch or onnxruntime refuses what was written.
        TooLarge: the weights do not fit into one ONNX model.
    """
    check_size(graph)
    return _Check(graph, opset, seed).report(weights)


class _Check:
    """What the comparisons of one network share, and what they have found."""

    def __init__(self, graph: Graph, opset: int, seed: int) -> None:
        self.graph = graph
        self.opset = opset
        self.seed = seed
        self.module = emitted(graph)
        self.counts: list[Count] = []
        self.outputs: list[Output] = []
        self.differences: list[str] = []
        self.notes: list[str] = []
        self.culprit: str | None = None

    def report(self, weights: Mapping[str, NDArray[Any]] | None) -> Report:
        self.differences += state_dict_differences(self.graph, self.module)
        if not self.differences:
            # Without the right weights the rest would be about their absence.
            self._weigh(weights)
            self._run()
        how = "the given weights" if weights else f"random weights, calibrated (seed {self.seed})"
        return Report(
            self.graph.name,
            f"{self.graph.name} with {how}, ONNX opset {self.opset}",
            tuple(self.counts),
            tuple(self.outputs),
            tuple(self.differences),
            tuple(self.notes),
            self.culprit,
            f"torch {torch.__version__.partition('+')[0]}, onnx {onnx.__version__}, "
            f"onnxruntime {onnxruntime.__version__}",
        )

    def _weigh(self, weights: Mapping[str, NDArray[Any]] | None) -> None:
        """The given weights, or random ones with the statistics of a pass."""
        inputs = random_inputs(self.graph, CALIBRATION_BATCH, dict(self.graph.sizes), self.seed)
        if weights is None:
            with refusal("PyTorch does not run the module"):
                calibrate(self.module, self.graph, inputs, self.seed)
        else:
            state = {key: torch.tensor(array) for key, array in weights.items()}
            load_weights(self.module, self.graph, state)
        two = tuple(x[:2] for x in inputs)
        for name, output in outputs_of(self.module, self.graph, two).items():
            if reaction(output[0], output[1]) < REACTION:
                self.notes.append(
                    f"{name} hardly depends on the input with these weights, "
                    "so that its agreement says little"
                )

    def _run(self) -> None:
        model = model_of(self.graph, self.module, self.opset)
        self.counts += weight_counts(self.graph, self.module, model)
        self.differences += initializer_differences(self.graph, model)
        plain = Session(with_shapes(model), optimised=False)
        optimised = Session(model.proto, optimised=True)
        double = copy.deepcopy(self.module).double()
        for number, case in enumerate(cases(self.graph)):
            inputs = random_inputs(self.graph, case.batch, case.sizes, self.seed + 1 + number)
            found = plain.run(inputs)
            shapes = {name: tuple(found[shape_name(name)].tolist()) for name in written(model.plan)}
            self._shapes(case, model, inputs, shapes)
            if case.batch == 1:
                self._macs(case, model, inputs, shapes)
            rows = self._outputs(case, model, double, inputs, (found, optimised.run(inputs)))
            self.outputs += rows
            if not (self.culprit or all(row.agrees for row in rows)):
                self._blame(rows, model, inputs)

    def _shapes(self, case: Case, model: Model, inputs: Sequence[Tensor], shapes: Shapes) -> None:
        found = ResultShapes(self.graph, case, self.module, inputs, model, shapes)
        self.counts.append(found.count())
        self.differences += found.differences()

    def _macs(self, case: Case, model: Model, inputs: Sequence[Tensor], shapes: Shapes) -> None:
        given = {
            entry.name: tuple(x.shape) for entry, x in zip(self.graph.inputs, inputs, strict=True)
        }
        found = Counts(
            of_analysis(self.graph, case.sizes),
            of_module(self.module, self.graph, inputs),
            of_model(model.plan, self.graph, {**given, **shapes}),
        )
        differences = list(found.differences())
        analysis, pytorch, onnx_ = (sum(one.values()) for one in found)
        self.counts.append(Count("MACs", analysis, pytorch, onnx_, not differences))
        self.differences += differences

    def _outputs(
        self,
        case: Case,
        model: Model,
        double: nn.Module,
        inputs: Sequence[Tensor],
        results: Sequence[Mapping[str, object]],
    ) -> list[Output]:
        single = outputs_of(self.module, self.graph, inputs)
        exact = outputs_of(double, self.graph, inputs, double=True)
        rows = []
        for (name, value), named in zip(exact.items(), model.plan.outputs, strict=True):
            plain, optimised = (
                compare(value, single[name], torch.as_tensor(found[named.name]))
                for found in results
            )
            shape = tuple(value.shape)
            rows.append(Output(case.text(self.graph), name, shape, plain, optimised))
        return rows

    def _blame(self, rows: Sequence[Output], model: Model, inputs: Sequence[Tensor]) -> None:
        """Find the first step that differs, with optimisations only if it takes them."""
        optimised = all(row.plain.agrees for row in rows)
        found = first_difference(self.graph, self.module, model, inputs, optimised)
        self.culprit = _culprit(found, optimised)


def _culprit(found: Located | None, optimised: bool) -> str:
    how = " with onnxruntime's optimisations" if optimised else ""
    if found is None:
        return (
            f"Every step agrees by itself{how}; the results of the whole network do not. "
            "Rounding adds up, or what onnxruntime makes of the whole is at fault."
        )
    step, comparison, alone = found
    span = step.origin.span
    where = (
        f"{step.path or step.layer.op.name} ({step.layer.op.name}, {span.source.name}:{span.line})"
    )
    off = f"off by {comparison.error:.1e} of its largest value, {comparison.allowed:.1e} is allowed"
    if alone:
        return f"The first step that differs{how} is {where}: on the same input, ONNX is {off}."
    return (
        f"Every step agrees by itself{how}; within the PyTorch module the first that differs from "
        f"ONNX is {where}: {off}. What it reads is wired differently."
    )
