"""Which fixes are applied together, and what they make of the text, against the plain way."""

from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics import Edit, Fix
from archdsl.linting.fixing import _apart, _applied
from archdsl.source import Source, Span

SOURCE = Source("net.arch", "abcdefghijklmnopqrstuvwxyz")


@st.composite
def fixes(draw: st.DrawFn) -> Fix:
    """A fix of one or two edits that do not overlap, some of which only put text in."""
    size = len(SOURCE.text)
    places = draw(st.lists(st.integers(0, size), min_size=2, max_size=4).map(sorted))
    texts = draw(st.lists(st.sampled_from(("", "-", "+++")), min_size=2, max_size=2))
    pairs = zip(places[::2], places[1::2], strict=False)
    edits = [Edit(Span(SOURCE, *at), text) for at, text in zip(pairs, texts, strict=False)]
    return Fix("mend", tuple(edits))


def touch(one: Fix, other: Fix) -> bool:
    return any(
        a.span.start <= b.span.end and b.span.start <= a.span.end
        for a in one.edits
        for b in other.edits
    )


@given(st.lists(fixes(), max_size=8))
def test_of_fixes_that_touch_the_first_one_is_taken(given_: list[Fix]) -> None:
    expected: list[Fix] = []
    for fix in given_:
        if not any(touch(fix, other) for other in expected):
            expected.append(fix)
    assert _apart(given_) == expected


@given(st.lists(fixes(), max_size=8))
def test_each_edit_changes_its_place_alone(given_: list[Fix]) -> None:
    chosen = _apart(given_)
    edits = sorted((edit for fix in chosen for edit in fix.edits), key=lambda edit: edit.span)
    text = SOURCE.text
    for edit in reversed(edits):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert _applied(SOURCE.text, chosen) == text
