"""`archdsl verify`: do module, ONNX model and analysis agree?"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archdsl.cli.arguments import SPEC, VALUES, Arguments, Command, CommandError, Option
from archdsl.cli.onnx_models import OPSET, expressible, opset_of
from archdsl.cli.specs import checked, one_network
from archdsl.cli.weights import read, seed
from archdsl.graph.ir import Graph
from archdsl.visible import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMMAND = Command(
    "verify",
    "SPEC [--weights FILE] [--seed NUMBER] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Run the PyTorch module and the ONNX model of each network of SPEC on the same weights and\n"
    "inputs, at two batch sizes and, where sizes are symbolic, two input sizes. Compare outputs,\n"
    "parameters, shapes and MACs with each other and with the analysis; where outputs differ,\n"
    "find the first step that does. Runs the generated code; needs torch and onnxruntime.",
    (SPEC,),
    (
        Option(("--weights",), "FILE", "weights to compare with, instead of random ones"),
        Option(("--seed",), "NUMBER", "of the random weights and the inputs (default: 0)"),
        OPSET,
        *VALUES,
    ),
    "  archdsl verify net.arch\n"
    "  archdsl verify resnet.arch:ResNet50 --input H=64 --input W=64\n"
    "  archdsl verify resnet.arch:ResNet50 --weights resnet50.safetensors --opset 17",
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    number, opset = seed(arguments), opset_of(arguments)
    graphs = _graphs(spec, arguments)
    if graphs is None or not expressible(graphs, ("pytorch", "onnx"), opset, spec):
        return 1
    weights = None
    if arguments.has("--weights"):
        weights = read(graphs[0], arguments.one("--weights") or "")
        if weights is None:
            return 1
    code = 0
    for index, graph in enumerate(graphs):
        if index:
            print()
        if not _agrees(graph, opset, number, weights):
            code = 1
    return code


def _graphs(spec: str, arguments: Arguments) -> list[Graph] | None:
    """The networks to verify; with given weights there is one. None where the source has errors."""
    if arguments.has("--weights"):
        graph = one_network(spec, arguments)
        return None if graph is None else [graph]
    outcome = checked(spec, arguments)
    if not outcome.sound:
        return None
    if not outcome.graphs:
        raise CommandError(f"{shown(spec)} has no network whose parameters all have values")
    return list(outcome.graphs)


def _need() -> None:
    """Raises CommandError where what runs the results is not installed."""
    from importlib.util import find_spec

    for package in ("torch", "onnx", "onnxruntime"):
        if find_spec(package) is None:
            raise CommandError(f"verify needs {package}: pip install 'archdsl[verify]'")


def _agrees(
    graph: Graph, opset: int, number: int, weights: "Mapping[str, NDArray[Any]] | None"
) -> bool:
    """Verify one network and print the report; returns whether all agrees."""
    _need()
    from archdsl.backends.onnx import TooLarge
    from archdsl.verify.check import verify
    from archdsl.verify.report import text
    from archdsl.verify.running import Unrunnable
    from archdsl.weights import WeightsError

    try:
        report = verify(graph, opset, number, weights)
    except WeightsError as error:
        raise CommandError(str(error)) from error
    except (Unrunnable, TooLarge) as error:
        sys.stdout.flush()
        print(f"archdsl: {graph.name} cannot be verified: {error}", file=sys.stderr)
        return False
    print(text(report), end="")
    return report.agrees
