"""`archdsl compile`: write PyTorch modules, ONNX models and diagrams."""

import os.path
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.analysis import Analysis
from archdsl.analysis.render import megabytes
from archdsl.backends import ENDINGS, onnx, pytorch
from archdsl.cli.arguments import (
    SPEC,
    VALUES,
    Arguments,
    Command,
    CommandError,
    Option,
    nearest_of,
)
from archdsl.cli.onnx_models import OPSET, expressible, opset_of
from archdsl.cli.specs import Outcome, checked
from archdsl.cli.weights import SEED, drawn, read, seed
from archdsl.elaborate.naming import snake_case
from archdsl.graph.ir import Graph
from archdsl.outputs import OutputError, write_whole
from archdsl.transfer.plan import Plan
from archdsl.visible import shown, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FOLDER = "build"

_OF_ONNX = ("--weights", "--seed", "--opset", "--fold-norm", "--functions", "--external-data")

COMMAND = Command(
    "compile",
    "SPEC [--to TARGETS] [-o DIR] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Write each network of SPEC to DIR as a PyTorch module, which imports nothing but torch\n"
    "(and what extern ops name), as an ONNX model with its weights, or as a diagram, of which\n"
    "`archdsl diagram` draws others too. The module of a transfer plan also loads weights,\n"
    "freezes and unfreezes layers. With an error in the source nothing is written.",
    (SPEC,),
    (
        Option(
            ("--to",),
            "TARGETS",
            "what to write, one or several: pytorch (the default), onnx, svg, html, dot, mermaid",
        ),
        Option(("-o", "--output"), "DIR", "the folder (default: build)"),
        Option(("--weights",), "FILE", "onnx: weights, .safetensors, .npz, .pt or .pth"),
        SEED._replace(help=f"onnx: {SEED.help}"),
        OPSET._replace(help=f"onnx: {OPSET.help}"),
        Option(("--fold-norm",), "", "onnx: fold batch norms into the layers before them"),
        Option(("--functions",), "", "onnx: keep blocks, as functions of the model"),
        Option(
            ("--external-data",),
            "",
            "onnx: weights in a second file, as always past 1.5 GB of them",
        ),
        *VALUES,
    ),
    "  archdsl compile net.arch\n"
    "  archdsl compile resnet.arch:ResNet50 --set classes=10 -o models\n"
    "  archdsl compile resnet.arch:ResNet50 --to onnx --weights resnet50.safetensors\n"
    "  archdsl compile net.arch --to pytorch,svg",
)


class _Subject(NamedTuple):
    """What files are of: a network, or a plan for one. A plan shows in its PyTorch module and in
    diagrams.
    """

    name: str
    graph: Graph
    plan: Plan | None = None

    def source(self) -> str:
        return pytorch.emit(self.graph) if self.plan is None else pytorch.emit_plan(self.plan)


def _subjects(outcome: Outcome) -> list[_Subject]:
    """The networks and plans of a spec; the network of a plan is none of its own."""
    return [
        *(_Subject(analysis.graph.name, analysis.graph) for analysis in outcome.analyses),
        *(_Subject(plan.name, plan.graph, plan) for plan in outcome.plans),
    ]


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    targets = _targets(arguments)
    opset = opset_of(arguments) if "onnx" in targets else onnx.DEFAULT_OPSET
    number = seed(arguments)
    outcome = checked(spec, arguments)
    if not outcome.sound:
        return 1
    subjects = _subjects(outcome)
    if not subjects:
        raise CommandError(f"{shown(spec)} has no network whose parameters all have values")
    paths = _paths(subjects, targets, arguments.one("--output") or _default_folder())
    if not expressible([subject.graph for subject in subjects], targets, opset, spec):
        return 1
    weights = None
    if arguments.has("--weights"):
        weights = _weights(subjects, arguments, spec)
        if weights is None:
            return 1
    rows = []
    for path, target, subject in paths:
        graph = subject.graph
        try:
            if target == "pytorch":
                content = subject.source().encode("utf-8")
                write_whole(path, content)
                rows.append(_row(path, len(content), Analysis(graph)))
            elif target != "onnx":
                rows.append(_diagram(path, Analysis(graph), subject.plan, spec))
            else:
                values = drawn(graph, number) if weights is None else weights
                rows += _onnx(path, graph, values, opset, arguments)
        except OutputError as error:
            raise CommandError(str(error)) from error
    _print(rows)
    return 0


def _default_folder() -> str:
    """The folder where the user names none. One that leads elsewhere may have come with the source.

    Raises:
        CommandError: it is a link.
    """
    if os.path.islink(_FOLDER):
        raise CommandError(f"{_FOLDER} is a symbolic link; if that is meant, -o {_FOLDER}")
    return _FOLDER


def _targets(arguments: Arguments) -> list[str]:
    """What `--to` names, each once.

    Raises:
        CommandError: there is no such target, or an option goes with another one.
    """
    given = arguments.one("--to")
    targets = list(dict.fromkeys((given if given is not None else "pytorch").split(",")))
    for target in targets:
        if target not in ENDINGS:
            near = nearest_of(target, ENDINGS)
            raise CommandError(
                f"compile: --to takes {', '.join(ENDINGS)}; not {visible(target)}{near}"
            )
    if "onnx" not in targets:
        for option in _OF_ONNX:
            if arguments.has(option):
                raise CommandError(f"compile: {option} goes with --to onnx")
    if arguments.has("--weights") and arguments.has("--seed"):
        raise CommandError("compile: --weights and --seed both say where weights come from")
    return targets


def _weights(
    subjects: Sequence[_Subject], arguments: Arguments, spec: str
) -> "Mapping[str, NDArray[Any]] | None":
    if len(subjects) > 1:
        raise CommandError(
            f"--weights belong to one network, and {shown(spec)} has {len(subjects)}: name one of "
            f"{', '.join(subject.name for subject in subjects)}"
        )
    return read(subjects[0].graph, arguments.one("--weights") or "")


def _onnx(
    path: str,
    graph: Graph,
    weights: "Mapping[str, NDArray[Any]]",
    opset: int,
    arguments: Arguments,
) -> list[tuple[str, ...]]:
    """Write a model, and the rows of its files.

    Raises:
        CommandError: a weight cannot be read.
        OutputError: a file cannot be written.
    """
    from archdsl.weights import WeightsError

    try:
        model, *data = onnx.save(
            path,
            graph,
            weights,
            opset,
            fold_norm=arguments.has("--fold-norm"),
            functions=arguments.has("--functions"),
            external=arguments.has("--external-data") or None,
        )
    except WeightsError as error:
        raise CommandError(str(error)) from error
    return [
        _row(model.path, model.size, Analysis(graph)),
        *((shown(file.path), megabytes(file.size), "", "") for file in data),
    ]


def _diagram(path: str, analysis: Analysis, plan: Plan | None, spec: str) -> tuple[str, ...]:
    """Draw a network, or that of a plan, as `archdsl diagram` does without options.

    Returns:
        The row of its file.

    Raises:
        CommandError: Graphviz is missing, fails, or takes too long.
        OutputError: the file cannot be written.
    """
    from archdsl.backends.diagram import Diagram, DiagramError, Look
    from archdsl.cli.findings import findings

    try:
        made = Diagram(analysis, Look(), lambda: findings(analysis, spec), plan).save(path)
    except DiagramError as error:
        raise CommandError(str(error)) from error
    if made.note:
        print(f"note: {shown(path)}: {made.note}", file=sys.stderr)
    return _row(path, len(made.content), analysis)


def _row(path: str, size: int, analysis: Analysis) -> tuple[str, ...]:
    macs = "" if analysis.macs is None else f"{analysis.macs:,} MACs"
    return (shown(path), megabytes(size), f"{analysis.params:,} parameters", macs)


def _print(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for path, *figures in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(figures, widths[1:], strict=True))
        print("  ".join((f"{path:<{widths[0]}}", *cells)).rstrip())


def _paths(
    subjects: Sequence[_Subject], targets: Sequence[str], folder: str
) -> list[tuple[str, str, _Subject]]:
    """The files, each with its target and what it is of.

    Raises:
        CommandError: two networks would be written to one file.
    """
    found: dict[str, tuple[str, _Subject]] = {}
    for subject in subjects:
        for target in targets:
            path = os.path.join(folder, f"{snake_case(subject.name)}{ENDINGS[target]}")
            if path in found:
                raise CommandError(
                    f"{found[path][1].name} and {subject.name} would both be written to "
                    f"{shown(path)}; compile them one by one, or rename one"
                )
            found[path] = (target, subject)
    return [(path, target, subject) for path, (target, subject) in found.items()]
