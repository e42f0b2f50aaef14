"""How a mistake in the source travels inside this stage.

A `Mistake` unwinds an expression or a step to the statement that holds it, where it becomes a
`Diagnostic` value; it never leaves the stage. `Unknown` unwinds the same way without a report: it
stands on a layer that has failed already, and everything it would say follows from that.
"""

from collections.abc import Iterable

from archdsl.diagnostics import Diagnostic, Fix, Frame, Related, in_order
from archdsl.source import Span


class Mistake(Exception):
    """A diagnostic on its way to the statement."""

    def __init__(
        self,
        code: str,
        message: str,
        span: Span,
        help: str | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, help=help, related=related, fix=fix)


class Unknown(Exception):
    """A value that nothing more can be said of: its layer failed and was reported."""


class Stop(Exception):
    """A limit was passed and reported: the run ends here, or it would not end in time."""


MAX_ERRORS = 1_000
"""Nobody mends more in one go."""


class Reporter:
    """Collects diagnostics, one for each place: a block that is expanded many times reports once,
    with a count. After the first `MAX_ERRORS` it says so, and is full.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, Span], Diagnostic] = {}
        self._counts: dict[tuple[str, Span], int] = {}
        self._definitions: dict[tuple[str, Span], object] = {}
        self.full = False

    def report(
        self, diagnostic: Diagnostic, trail: tuple[Frame, ...] = (), within: object = None
    ) -> None:
        """Record a diagnostic; `within` is the definition of the block it lies in."""
        key = (diagnostic.code, diagnostic.span)
        if key not in self._found:
            if self.full:
                return
            self._found[key] = diagnostic._replace(trail=trail)
            self._definitions[key] = within
        self._counts[key] = self._counts.get(key, 0) + 1
        if len(self._found) == MAX_ERRORS and not self.full:
            help = "mend these first"
            message = f"{MAX_ERRORS:,} errors were found; nothing more is looked for"
            self.report(Diagnostic("E420", message, diagnostic.span, help=help))
            self.full = True

    def keys(self) -> tuple[tuple[tuple[str, Span], int], ...]:
        """What was found so far and how often; two calls around a block tell what lies in it."""
        return tuple(self._counts.items())

    def again(self, keys: Iterable[tuple[tuple[str, Span], int]]) -> None:
        """Count findings once more: their block was stamped instead of elaborated."""
        for key, count in keys:
            self._counts[key] += count

    @property
    def size(self) -> int:
        return len(self._counts)

    def diagnostics(self, expansions: dict[int, int]) -> list[Diagnostic]:
        """All findings in order; `expansions` counts the expansions of each definition, by its
        `id`.
        """
        return in_order(
            found._replace(hits=self._counts[key], instances=self._instances(key, expansions))
            for key, found in self._found.items()
        )

    def _instances(self, key: tuple[str, Span], expansions: dict[int, int]) -> int:
        definition = self._definitions[key]
        return 1 if definition is None else expansions.get(id(definition), 1)
