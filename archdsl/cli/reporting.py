"""How diagnostics reach the user."""

import os
import sys
from collections.abc import Sequence

from archdsl.annotations import TextIO
from archdsl.diagnostics import Diagnostic, has_errors, render
from archdsl.visible import shown

_PLURALS = {"error": "errors", "warning": "warnings", "note": "notes"}


def report(diagnostics: Sequence[Diagnostic], spec: str) -> bool:
    """Print diagnostics and their number to stderr; returns whether any is an error."""
    if not diagnostics:
        return False
    colour = is_colourful(sys.stderr)
    for diagnostic in diagnostics:
        print(render(diagnostic, colour), file=sys.stderr)
        print(file=sys.stderr)
    print(f"{tally(diagnostics)} in {shown(spec)}", file=sys.stderr)
    return has_errors(diagnostics)


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """``2 errors, 1 warning``."""
    counts = {
        severity: sum(diagnostic.severity == severity for diagnostic in diagnostics)
        for severity in _PLURALS
    }
    return ", ".join(
        f"{count} {severity if count == 1 else _PLURALS[severity]}"
        for severity, count in counts.items()
        if count
    )


def is_colourful(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
