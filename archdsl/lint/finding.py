"""What a rule yields."""

from archdsl.diagnostics import Fix, Related
from archdsl.records import NamedTuple
from archdsl.source import Span


class Finding(NamedTuple):
    """One place in one network that a rule speaks of.

    The engine makes one diagnostic of the findings of all instances of a place: it counts them,
    and drops a fix that would change an instance without the finding.

    Attributes:
        message: one sentence that names the things at fault with their numbers; no final full stop.
        step: the guilty step; None for a finding about the whole network.
        span: what is underlined: the step's call or one of its arguments, or the network's name.
        help: what to write instead.
        fix: edits that mend it.
    """

    message: str
    step: int | None
    span: Span
    help: str | None = None
    fix: Fix | None = None
    related: tuple[Related, ...] = ()
