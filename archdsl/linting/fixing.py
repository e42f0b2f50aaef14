"""Fixes applied until nothing changes."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from archdsl import driver
from archdsl.diagnostics import Diagnostic, Edit, Fix, has_errors
from archdsl.lint.catalogue import Rule
from archdsl.lint.importers import Surroundings
from archdsl.records import NamedTuple

MOST_ROUNDS = 50
"""Rounds after which fixes that bring each other about are given up."""


class Fixed(NamedTuple):
    """A file after its fixes: the new text, the number of fixes, and what is left."""

    text: str
    fixes: int
    left: tuple[Diagnostic, ...]


def fixed(path: str, text: str, rules: Sequence[Rule], around: Surroundings | None = None) -> Fixed:
    """Apply the fixes of a file in rounds: of those that touch the same place, the first one.

    A round after which the file would have an error is taken back: the file is never made worse.
    """
    found = driver.lint(path, rules, text, around).diagnostics
    count = 0
    for _ in range(MOST_ROUNDS):
        fixes = _apart(_own(found, path, text))
        if not fixes:
            break
        mended = _applied(text, fixes)
        after = driver.lint(path, rules, mended, around).diagnostics
        if mended == text or (has_errors(after) and not has_errors(found)):
            break
        text, found, count = mended, after, count + len(fixes)
    return Fixed(text, count, found)


def _own(found: Iterable[Diagnostic], path: str, text: str) -> list[Fix]:
    """The fixes that change the linted file, and none that it imports."""
    return [
        one.fix
        for one in found
        if one.fix is not None
        and all(
            edit.span.source.name == path and edit.span.source.text == text
            for edit in one.fix.edits
        )
    ]


def _apart(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that touch nothing that an earlier one touches."""
    taken: list[tuple[int, int]] = []
    """Sorted; none touches another."""
    chosen = []
    for fix in fixes:
        places = _joined(fix.edits)
        if not any(_touches(taken, start, end) for start, end in places):
            chosen.append(fix)
            for place in places:
                insort(taken, place)
    return chosen


def _joined(edits: Iterable[Edit]) -> list[tuple[int, int]]:
    """The places of edits, those that touch each other as one."""
    places: list[tuple[int, int]] = []
    for start, end in sorted((edit.span.start, edit.span.end) for edit in edits):
        if places and start <= places[-1][1]:
            places[-1] = (places[-1][0], max(places[-1][1], end))
        else:
            places.append((start, end))
    return places


def _touches(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(taken, (start,))
    in_front = at > 0 and taken[at - 1][1] >= start
    return in_front or (at < len(taken) and taken[at][0] <= end)


def _applied(text: str, fixes: Iterable[Fix]) -> str:
    pieces, place = [], 0
    edits = [edit for fix in fixes for edit in fix.edits]
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        pieces += [text[place : edit.span.start], edit.replacement]
        place = edit.span.end
    return "".join([*pieces, text[place:]])
