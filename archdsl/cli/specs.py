"""From the SPEC on a command line to graphs."""

import sys
from collections.abc import Sequence

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.annotations import TYPE_CHECKING
from archdsl.cli.arguments import Arguments, CommandError, pairs, sizes
from archdsl.cli.reporting import report
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple
from archdsl.visible import shown

if TYPE_CHECKING:
    from archdsl.transfer.plan import Plan


class Outcome(NamedTuple):
    """The networks and plans of a spec; `sound` is False where its source has errors, which were
    printed.
    """

    analyses: Sequence[Analysis]
    sound: bool
    plans: "Sequence[Plan]" = ()

    @property
    def graphs(self) -> Sequence[Graph]:
        """The networks themselves; where there are plans alone, those that they are of."""
        own = [analysis.graph for analysis in self.analyses]
        return own or list({id(plan.graph): plan.graph for plan in self.plans}.values())


def checked(spec: str, arguments: Arguments) -> Outcome:
    """Check a spec with the arguments of `--set` and `--input`, and print its diagnostics.

    Raises:
        CommandError: the file cannot be read, has no such network, or takes no such argument.
    """
    values, given = pairs(arguments.all("--set"), "--set"), sizes(arguments.all("--input"))
    try:
        found = driver.check(spec, values, given)
    except driver.UsageError as error:
        raise CommandError(str(error)) from error
    # What was printed before belongs above the diagnostics, wherever both streams go.
    sys.stdout.flush()
    return Outcome(found.analyses, not report(found.diagnostics, spec), found.plans)


def one_network(spec: str, arguments: Arguments) -> Graph | None:
    """The network of a spec that must mean a single one; None where its source has errors.

    Raises:
        CommandError: also where it means several networks, or none.
    """
    outcome = checked(spec, arguments)
    return sole(outcome, spec) if outcome.sound else None


def sole(outcome: Outcome, spec: str) -> Graph:
    """The one network of a spec, or that of its one plan.

    Raises:
        CommandError: it has several, or none.
    """
    if len(outcome.graphs) != 1:
        names = [one.graph.name for one in outcome.analyses] or [one.name for one in outcome.plans]
        what = "networks" if outcome.analyses else "plans"
        raise CommandError(
            f"{shown(spec)} has {len(names)} {what}: name one of {', '.join(names)}, as in "
            f"{shown(spec)}:{names[0]}"
            if names
            else f"{shown(spec)} has no network whose parameters all have values"
        )
    return outcome.graphs[0]
