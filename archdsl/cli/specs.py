"""From the SPEC on a command line to graphs."""

import sys
from collections.abc import Sequence

from archdsl import driver
from archdsl.cli.arguments import Arguments, CommandError, pairs, sizes
from archdsl.cli.reporting import report
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple


class Outcome(NamedTuple):
    """The networks of a spec; `sound` is False where its source has errors, which were printed."""

    graphs: Sequence[Graph]
    sound: bool


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
    return Outcome(found.graphs, not report(found.diagnostics, spec))
