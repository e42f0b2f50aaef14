"""`archdsl summary`: a network's table."""

from collections.abc import Sequence

from archdsl.analysis import Analysis, render
from archdsl.cli.arguments import (
    SPEC,
    VALUES,
    Arguments,
    Command,
    CommandError,
    Option,
    positive,
)
from archdsl.cli.specs import checked
from archdsl.visible import shown

COMMAND = Command(
    "summary",
    "SPEC [--format FORMAT] [--depth N] [--no-fold] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Print shape, parameters, MACs, receptive field and stride of layers, and totals.\n"
    "Alike neighbours share a row (x3), whose parameters and MACs are those of all of them.\n"
    "JSON and CSV always list every layer.",
    (SPEC,),
    (
        Option(
            ("--format",),
            "FORMAT",
            "table (the default), json, csv or md (Markdown)",
            ("table", "json", "csv", "md"),
        ),
        Option(("--depth",), "N", "levels of blocks to show (default: what fits a terminal)"),
        Option(("--no-fold",), "", "a row for each of several alike blocks"),
        *VALUES,
    ),
    "  archdsl summary resnet.arch:ResNet50\n"
    "  archdsl summary resnet.arch:ResNet50 --depth 1\n"
    "  archdsl summary net.arch --input H=256 --input W=256\n"
    "  archdsl summary net.arch --format json",
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    form = arguments.one("--format") or "table"
    depth = arguments.one("--depth")
    levels = None if depth is None else positive(depth, "--depth")
    outcome = checked(spec, arguments)
    if not outcome.sound:
        return 1
    analyses = outcome.analyses
    if not analyses:
        raise CommandError(f"{shown(spec)} has no network whose parameters all have values")
    if form == "json":
        from archdsl.reports import summary, to_json

        reports = [summary(analysis) for analysis in analyses]
        # SPEC:Network is one object, a file a list, whatever number of networks it has today.
        named = spec.endswith(f":{analyses[0].graph.name}")
        print(to_json(reports[0] if named else reports))
    elif form == "csv":
        _one(analyses, spec)
        print(render.csv(analyses[0]), end="")
    else:
        show = render.text if form == "table" else render.markdown
        texts = [show(analysis, levels, not arguments.has("--no-fold")) for analysis in analyses]
        print("\n".join(texts), end="")
    return 0


def _one(analyses: Sequence[Analysis], spec: str) -> None:
    if len(analyses) > 1:
        names = ", ".join(analysis.graph.name for analysis in analyses)
        raise CommandError(
            f"csv holds one network, but {shown(spec)} has {len(analyses)} ({names}): "
            f"write {shown(spec)}:{analyses[0].graph.name}"
        )
