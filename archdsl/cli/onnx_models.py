"""What compile and verify share: the opset, and networks that a target cannot express."""

from collections.abc import Collection, Sequence

from archdsl.backends import onnx, pytorch
from archdsl.cli.arguments import Arguments, CommandError, Option, positive
from archdsl.diagnostics import Diagnostic, in_order
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


def expressible(graphs: Sequence[Graph], targets: Collection[str], opset: int, spec: str) -> bool:
    """Whether PyTorch and ONNX, as far as they are asked for, have every layer; what they lack is
    printed.
    """
    from archdsl.cli.reporting import report

    found: list[Diagnostic] = []
    for graph in graphs:
        if "pytorch" in targets:
            found += pytorch.unsupported(graph)
        if "onnx" in targets:
            found += onnx.unsupported(graph, opset)
    return not report(in_order(found), spec)
