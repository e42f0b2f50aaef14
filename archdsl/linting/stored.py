"""Findings as text and back, for the cache: places are offsets into the file that has them."""

import json
from typing import Any

from archdsl.diagnostics import Diagnostic, Edit, Fix, Frame, Related
from archdsl.source import Source, Span


def all_in(diagnostics: tuple[Diagnostic, ...], source: Source) -> bool:
    """Whether everything that findings speak of stands in one source."""
    return all(
        span.source is source
        for found in diagnostics
        for span in (
            found.span,
            *(related.span for related in found.related),
            *(frame.span for frame in found.trail),
            *(edit.span for edit in (found.fix.edits if found.fix else ())),
        )
    )


def dump(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Findings that stand in one source as JSON; empty for none."""
    return json.dumps([_plain(found) for found in diagnostics]) if diagnostics else ""


def _plain(value: object) -> object:
    """Records as lists, places as pairs of offsets."""
    if isinstance(value, Span):
        return [value.start, value.end]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def load(text: str, source: Source) -> tuple[Diagnostic, ...]:
    """The findings of `dump`, in this source.

    Raises:
        ValueError, TypeError: the text is not one that `dump` wrote.
    """

    def span(place: Any) -> Span:
        start, end = place
        return Span(source, start, end)

    def fix(found: Any) -> Fix | None:
        if found is None:
            return None
        title, edits = found
        return Fix(title, tuple(Edit(span(place), new) for place, new in edits))

    def diagnostic(fields: Any) -> Diagnostic:
        code, message, place, severity, help, related, trail, mend, hits, instances, details = (
            fields
        )
        return Diagnostic(
            code,
            message,
            span(place),
            severity,
            help,
            tuple(Related(said, span(where)) for said, where in related),
            tuple(Frame(block, span(where)) for block, where in trail),
            fix(mend),
            hits,
            instances,
            tuple(details),
        )

    return tuple(map(diagnostic, json.loads(text) if text else ()))
