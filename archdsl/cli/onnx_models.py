"""ONNX models on the command line: their opset, and networks that have none."""

from collections.abc import Sequence

from archdsl.backends import onnx
from archdsl.cli.arguments import Arguments, CommandError, Option, positive
from archdsl.graph.ir import Graph

OPSET = Option(("--opset",), "NUMBER", f"the opset (default: {onnx.DEFAULT_OPSET})")


def opset_of(arguments: Arguments) -> int:
    """The number of `--opset`.

    Raises:
        CommandError: it is none, or onnx is not installed.
    """
    try:
        newest = onnx.newest_opset()
    except ImportError as error:
        raise CommandError("ONNX models need onnx: pip install 'archdsl[onnx]'") from error
    text = arguments.one("--opset")
    opset = onnx.DEFAULT_OPSET if text is None else positive(text, "--opset")
    if not onnx.OLDEST_OPSET <= opset <= newest:
        raise CommandError(f"--opset takes {onnx.OLDEST_OPSET} to {newest}, not {opset}")
    return opset


def expressible(graphs: Sequence[Graph], opset: int, spec: str) -> bool:
    """Whether ONNX has every layer; what it lacks is printed."""
    from archdsl.cli.reporting import report
    from archdsl.diagnostics import in_order

    found = [diagnostic for graph in graphs for diagnostic in onnx.unsupported(graph, opset)]
    return not report(in_order(found), spec)
