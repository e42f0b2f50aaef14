"""`archdsl summary`: a network's table."""

from argparse import Namespace

from archdsl.analysis import Analysis, render
from archdsl.cli.arguments import CommandError, Parser, add_values
from archdsl.cli.specs import checked


def parser() -> Parser:
    found = Parser(
        "summary",
        "SPEC [--format table] [--depth N] [--no-fold] [--set …] [--input …]",
        "Print shape, parameters, MACs, receptive field and stride of layers, and totals.\n"
        "Alike neighbours share a row (x3), whose parameters and MACs are those of all of them.\n"
        "JSON and CSV always list every layer.",
        "  archdsl summary resnet.arch:ResNet50\n"
        "  archdsl summary resnet.arch:ResNet50 --depth 1\n"
        "  archdsl summary net.arch --input H=256 --input W=256\n"
        "  archdsl summary net.arch --format json",
    )
    found.add_argument("spec", metavar="SPEC", help="net.arch or net.arch:Network")
    found.add_argument(
        "--format",
        choices=["table", "json", "csv", "md"],
        default="table",
        metavar="FORMAT",
        help="table (the default), json, csv or md (Markdown)",
    )
    found.add_argument(
        "--depth",
        type=_depth,
        metavar="N",
        help="levels of blocks to show (default: as many as fit a terminal)",
    )
    found.add_argument(
        "--no-fold",
        dest="fold",
        action="store_false",
        help="a row for each of several alike blocks",
    )
    add_values(found)
    return found


def run(arguments: Namespace) -> int:
    outcome = checked(arguments.spec, arguments)
    if not outcome.sound:
        return 1
    if not outcome.graphs:
        raise CommandError(f"{arguments.spec} has no network whose parameters all have values")
    analyses = [Analysis(graph) for graph in outcome.graphs]
    if arguments.format == "json":
        from archdsl.reports import summary, to_json

        reports = [summary(analysis) for analysis in analyses]
        # SPEC:Network is one object, a file a list, whatever number of networks it has today.
        named = arguments.spec.endswith(f":{analyses[0].graph.name}")
        print(to_json(reports[0] if named else reports))
    elif arguments.format == "csv":
        _one(analyses, arguments.spec)
        print(render.csv(analyses[0]), end="")
    else:
        show = render.text if arguments.format == "table" else render.markdown
        texts = [show(analysis, arguments.depth, arguments.fold) for analysis in analyses]
        print("\n".join(texts), end="")
    return 0


def _one(analyses: list[Analysis], spec: str) -> None:
    if len(analyses) > 1:
        names = ", ".join(analysis.graph.name for analysis in analyses)
        raise CommandError(
            f"csv holds one network, but {spec} has {len(analyses)} ({names}): "
            f"write {spec}:{analyses[0].graph.name}"
        )


def _depth(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not int(text):
        raise CommandError(f"--depth takes a positive number, not {text}")
    return int(text)
