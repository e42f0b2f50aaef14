"""Weights on the command line: drawn from `--seed`, or read from `--weights`."""

import sys
from typing import TYPE_CHECKING

from archdsl.cli.arguments import Arguments, CommandError, Option
from archdsl.cli.reporting import report
from archdsl.graph.ir import Graph
from archdsl.visible import visible

if TYPE_CHECKING:
    from archdsl.weights.lazy import Lazy

SEED = Option(("--seed",), "NUMBER", "draws initial weights as PyTorch does (default: 0)")


def seed(arguments: Arguments) -> int:
    """The number of `--seed`.

    Raises:
        CommandError: it is none.
    """
    text = arguments.one("--seed") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise CommandError(f"--seed takes a whole number, not {visible(text)}")
    return int(text)


def drawn(graph: Graph, number: int) -> "Lazy":
    """Initial weights from a seed.

    Raises:
        CommandError: numpy is not installed.
    """
    from archdsl.weights import initial_weights

    try:
        return initial_weights(graph, number)
    except ImportError as error:
        raise CommandError(f"weights need {error.name}: pip install 'archdsl[onnx]'") from error


def read(graph: Graph, path: str) -> "Lazy | None":
    """Weights from a file; None where they are not the network's, which was printed.

    Raises:
        CommandError: the file cannot be read.
    """
    from archdsl.diagnostics import Diagnostic
    from archdsl.weights import WeightsError, read_weights

    try:
        found = read_weights(graph, path)
    except WeightsError as error:
        raise CommandError(str(error)) from error
    if isinstance(found, Diagnostic):
        sys.stdout.flush()
        report((found,), path)
        return None
    return found
