"""`archdsl summary`: the tables of networks and plans."""

from collections.abc import Sequence

from archdsl.analysis import render
from archdsl.annotations import TYPE_CHECKING
from archdsl.cli.arguments import (
    SPEC,
    VALUES,
    Arguments,
    Command,
    CommandError,
    Option,
    positive,
)
from archdsl.cli.specs import Outcome, checked
from archdsl.visible import shown

if TYPE_CHECKING:
    from pydantic import BaseModel

    from archdsl.transfer.plan import Plan

COMMAND = Command(
    "summary",
    "SPEC [--format FORMAT] [--depth N] [--no-fold] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Print shape, parameters, MACs, receptive field and stride of layers, and totals.\n"
    "Alike neighbours share a row (x3), whose parameters and MACs are those of all of them.\n"
    "JSON and CSV always list every layer. Of a transfer plan: its groups with their rates, and\n"
    "what it trains in which epoch.",
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
    "  archdsl summary net.arch --format json\n"
    "  archdsl summary flowers.arch:Flowers",
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    form = arguments.one("--format") or "table"
    depth = arguments.one("--depth")
    levels = None if depth is None else positive(depth, "--depth")
    outcome = checked(spec, arguments)
    if not outcome.sound:
        return 1
    names = [*(one.graph.name for one in outcome.analyses), *(one.name for one in outcome.plans)]
    if not names:
        raise CommandError(f"{shown(spec)} has no network whose parameters all have values")
    if form == "json":
        # SPEC:Name is one object, a file a list, whatever number of networks it has today.
        reports = _reports(outcome)
        named = spec.endswith(f":{names[0]}")
        print(_json(reports[0] if named else reports))
    elif form == "csv":
        _check_one(names, spec)
        print(_csv(outcome), end="")
    else:
        fold = not arguments.has("--no-fold")
        show = render.text if form == "table" else render.markdown
        texts = [show(analysis, levels, fold) for analysis in outcome.analyses]
        print("\n".join([*texts, *_plans(outcome.plans, form)]), end="")
    return 0


def _plans(plans: "Sequence[Plan]", form: str) -> list[str]:
    if not plans:
        return []
    from archdsl.transfer import tables

    show = tables.text if form == "table" else tables.markdown
    return [show(plan) for plan in plans]


def _reports(outcome: Outcome) -> "list[BaseModel]":
    from archdsl.reports import plan_summary, summary

    return [*map(summary, outcome.analyses), *map(plan_summary, outcome.plans)]


def _json(report: "BaseModel | Sequence[BaseModel]") -> str:
    from archdsl.reports import to_json

    return to_json(report)


def _csv(outcome: Outcome) -> str:
    if outcome.analyses:
        return render.csv(outcome.analyses[0])
    from archdsl.transfer import tables

    return tables.csv(outcome.plans[0])


def _check_one(names: Sequence[str], spec: str) -> None:
    if len(names) > 1:
        listed = ", ".join(names)
        raise CommandError(
            f"csv holds one network or plan, but {shown(spec)} has {len(names)} ({listed}): "
            f"write {shown(spec)}:{names[0]}"
        )
