"""`archdsl compile`: write PyTorch modules."""

import os.path
from collections.abc import Sequence

from archdsl.analysis import Analysis
from archdsl.analysis.render import megabytes
from archdsl.backends import pytorch
from archdsl.cli.arguments import SPEC, VALUES, Arguments, Command, CommandError, Option
from archdsl.cli.specs import checked
from archdsl.elaborate.naming import snake_case
from archdsl.graph.ir import Graph
from archdsl.outputs import OutputError, write_whole

COMMAND = Command(
    "compile",
    "SPEC [--to pytorch] [-o DIR] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Write each network of SPEC to DIR as a PyTorch module, which imports nothing but torch.\n"
    "With an error in the source nothing is written.",
    (SPEC,),
    (
        Option(("--to",), "TARGET", "what to write: pytorch (the default)", ("pytorch",)),
        Option(("-o", "--output"), "DIR", "the folder (default: build)"),
        *VALUES,
    ),
    "  archdsl compile net.arch\n  archdsl compile resnet.arch:ResNet50 --set classes=10 -o models",
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    outcome = checked(spec, arguments)
    if not outcome.sound:
        return 1
    if not outcome.graphs:
        raise CommandError(f"{spec} has no network whose parameters all have values")
    written = [
        (path, pytorch.emit(graph).encode("utf-8"), Analysis(graph))
        for path, graph in _paths(outcome.graphs, arguments.one("--output") or "build")
    ]
    cells = []
    for path, content, analysis in written:
        try:
            write_whole(path, content)
        except OutputError as error:
            raise CommandError(str(error)) from error
        macs = "" if analysis.macs is None else f"{analysis.macs:,} MACs"
        cells.append((path, megabytes(len(content)), f"{analysis.params:,} parameters", macs))
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for path, size, params, macs in cells:
        row = (
            f"{path:<{widths[0]}}",
            f"{size:>{widths[1]}}",
            f"{params:>{widths[2]}}",
            f"{macs:>{widths[3]}}",
        )
        print("  ".join(row).rstrip())
    return 0


def _paths(graphs: Sequence[Graph], folder: str) -> list[tuple[str, Graph]]:
    """The file of every network.

    Raises:
        CommandError: two networks would be written to one file.
    """
    found: dict[str, Graph] = {}
    for graph in graphs:
        path = os.path.join(folder, f"{snake_case(graph.name)}.py")
        if path in found:
            raise CommandError(
                f"{found[path].name} and {graph.name} would both be written to {path}; "
                "compile them one by one, or rename one"
            )
        found[path] = graph
    return list(found.items())
