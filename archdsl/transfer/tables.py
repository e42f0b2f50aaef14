"""A plan's tables as text for a terminal, Markdown and CSV."""

from collections.abc import Callable, Sequence

from archdsl.analysis.render import aligned, escaped, markdown_head
from archdsl.transfer.plan import Group, Plan
from archdsl.transfer.schedule import Schedule
from archdsl.transfer.tree import listed
from archdsl.visible import visible

GROUPS = ("group", "layers", "params", "share", "rate", "from epoch")
PHASES = ("epoch", "begins to learn", "trained params", "share", "trained MACs", "share")
_GROUPS_NUMERIC = (False, False, True, True, True, True)
_PHASES_NUMERIC = (True, False, True, True, True, True)

WIDEST = 48
"""Columns for the layers of a group in a terminal; what is longer is cut."""


def text(plan: Plan) -> str:
    """The tables for a terminal: the groups, the epochs at which something changes, and totals."""
    schedule = Schedule(plan)
    lines = [f"{plan.name}: a transfer of {plan.graph.name}", ""]
    lines += aligned(GROUPS, _group_rows(schedule, _cut), _GROUPS_NUMERIC)
    lines += ["", *aligned(PHASES, _phase_rows(schedule), _PHASES_NUMERIC)]
    totals = totals_of(schedule)
    width = max(len(name) for name, _ in totals)
    return "\n".join([*lines, "", *(f"{name:<{width}}  {value}" for name, value in totals)]) + "\n"


def markdown(plan: Plan) -> str:
    """The same tables as Markdown."""
    schedule = Schedule(plan)
    lines = [f"### {escaped(plan.name)}", "", f"A transfer of {escaped(plan.graph.name)}", ""]
    lines += _marked(GROUPS, _group_rows(schedule, _whole), _GROUPS_NUMERIC)
    lines += ["", *_marked(PHASES, _phase_rows(schedule), _PHASES_NUMERIC)]
    lines += ["", *(f"- {name}: {escaped(value)}" for name, value in totals_of(schedule))]
    return "\n".join(lines) + "\n"


def csv(plan: Plan) -> str:
    """A line for each group, named as in the JSON report; what a frozen group lacks is empty."""
    schedule = Schedule(plan)
    lines = ["name,paths,params,macs,rate,first_epoch"]
    for group in plan.groups:
        params, macs = schedule.figures(group)
        frozen = group.rate is None
        cells = (
            group.name,
            " ".join(group.paths),
            str(params),
            "" if macs is None else str(macs),
            "" if frozen else number(group.rate),
            "" if frozen else str(group.first_epoch),
        )
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def number(rate: float | None) -> str:
    """A rate in its shortest form: ``1``, ``0.0064``."""
    return "-" if rate is None else f"{rate:.12g}"


def totals_of(schedule: Schedule) -> list[tuple[str, str]]:
    """The figures of the whole plan and what it says of the training, as name and text."""
    plan, analysis = schedule.plan, schedule.analysis
    totals = [("parameters", f"{analysis.params:,}"), trained(schedule)]
    if analysis.macs is not None:
        totals.append(("MACs", f"{analysis.macs:,}"))
    if plan.weights is not None:
        anew = ", ".join(plan.weights.replaced)
        totals.append(
            ("weights", visible(plan.weights.file) + (f", but for {anew}" if anew else ""))
        )
    if plan.dataset is not None:
        domain = f", {plan.dataset.domain}" if plan.dataset.domain else ""
        totals.append(("images", f"{plan.dataset.images:,}{domain}"))
    if plan.strategy is not None:
        totals.append(("strategy", plan.strategy))
    if plan.epochs is not None:
        totals.append(("epochs", str(plan.epochs)))
    return totals


def trained(schedule: Schedule) -> tuple[str, str]:
    """How much learns at the end, as name and text."""
    count = schedule.trainable_params
    return "trained at the end", f"{count:,} ({share(count, schedule.analysis.params)})"


def share(part: int | None, whole: int | None) -> str:
    """``63.4 %``; ``?`` where one is not known, and of nothing."""
    return f"{100 * part / whole:.1f} %" if part is not None and whole else "?"


def _group_rows(schedule: Schedule, layers: Callable[[Group], str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for group in schedule.plan.groups:
        params = schedule.figures(group).params
        rows.append(
            (
                group.name,
                layers(group),
                f"{params:,}",
                share(params, schedule.analysis.params),
                number(group.rate),
                "frozen" if group.rate is None else str(group.first_epoch),
            )
        )
    return rows


def _phase_rows(schedule: Schedule) -> list[tuple[str, ...]]:
    analysis = schedule.analysis
    return [
        (
            str(phase.first_epoch),
            ", ".join(group.name for group in phase.starts),
            f"{phase.trained.params:,}",
            share(phase.trained.params, analysis.params),
            "?" if phase.trained.macs is None else f"{phase.trained.macs:,}",
            share(phase.trained.macs, analysis.macs),
        )
        for phase in schedule.phases()
    ]


def _whole(group: Group) -> str:
    return ", ".join(group.paths)


def _cut(group: Group) -> str:
    """The layers as far as there is room, and how many more there are."""
    most = len(group.paths)
    while most > 1 and len(listed(group.paths, most)) > WIDEST:
        most -= 1
    return listed(group.paths, most)


def _marked(
    names: Sequence[str], rows: Sequence[tuple[str, ...]], numeric: Sequence[bool]
) -> list[str]:
    """Lines of a Markdown table."""
    body = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    return [*markdown_head(names, numeric), *body]
