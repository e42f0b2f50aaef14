"""Fixes of mismatched residuals: applied, they mend them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics import Fix
from tests.elaborate.programs import check, network


def applied(text: str, fix: Fix) -> str:
    """The text with the edits of a fix, last one first."""
    for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text


# What is wrong, and what the fix makes of it.
MENDED = {
    "residual { conv(8) }": "residual { conv(8) } shortcut project",
    "residual { conv(3, stride=2) }": "residual { conv(3, stride=2) } shortcut project",
    "residual { conv(3, pad=0) }": "residual { conv(3, pad=same) }",
    "residual { conv(3, 5, 1, valid) }": "residual { conv(3, 5, 1, same) }",
    "residual { maxpool(3, stride=1) }": "residual { maxpool(3, stride=1, pad=same) }",
    "residual { conv(8, pad=0) -> conv(3, 5, pad=1) }": (
        "residual { conv(8, pad=same) -> conv(3, 5, pad=same) }"
    ),
    "residual { conv(8, pad=0) }": "residual { conv(8, pad=same) } shortcut project",
    "residual { conv(8, 5, stride=2, pad=0) }": (
        "residual { conv(8, 5, stride=2, pad=same) } shortcut project"
    ),
    "residual { conv(8, pad=0) } shortcut project": (
        "residual { conv(8, pad=same) } shortcut project"
    ),
    "residual { conv(8, stride=2) } shortcut conv(8, 1)": (
        "residual { conv(8, stride=2) } shortcut conv(8, 1, stride=2)"
    ),
    "residual { conv(8, stride=[2, 1]) } shortcut d = conv(8, 1, 2)": (
        "residual { conv(8, stride=[2, 1]) } shortcut d = conv(8, 1, [2, 1])"
    ),
    "residual { conv(8) } shortcut conv(4, 1)": "residual { conv(8) } shortcut conv(8, 1)",
}


@pytest.mark.parametrize("wrong", MENDED)
def test_fixes(wrong: str) -> None:
    text = network(wrong)
    (diagnostic,) = check(text).diagnostics
    assert diagnostic.code == "E301"
    assert diagnostic.fix is not None
    mended = applied(text, diagnostic.fix)
    assert mended == network(MENDED[wrong])
    assert check(mended).messages == []


@pytest.mark.parametrize(
    "wrong",
    [
        "residual { maxpool(2) }",
        "residual { gap -> flatten }",
        "residual { conv(8) } shortcut { conv(4, 1) -> bn }",
        "let c = conv(3, pad=0)\nresidual { c }",
        "residual { Valid }",
    ],
)
def test_no_fix_where_it_is_not_sure(wrong: str) -> None:
    block = "block Valid {\n  conv(3, pad=0)\n}\n"
    (diagnostic,) = check(network(wrong, block)).diagnostics
    assert diagnostic.code == "E301"
    assert diagnostic.help is not None
    assert diagnostic.fix is None


layers = st.one_of(
    st.tuples(
        st.integers(1, 8), st.sampled_from([1, 3, 5]), st.integers(1, 3), st.integers(0, 2)
    ).map(lambda drawn: f"conv({drawn[0]}, {drawn[1]}, stride={drawn[2]}, pad={drawn[3]})"),
    st.tuples(st.sampled_from([3, 5]), st.integers(1, 2)).map(
        lambda drawn: f"maxpool({drawn[0]}, stride={drawn[1]})"
    ),
    st.sampled_from(["bn", "relu", "conv(4)"]),
)
shortcuts = st.sampled_from(
    ["", " shortcut project", " shortcut conv(4, 1)", " shortcut conv(8, 1, 2)"]
)


@given(st.lists(layers, min_size=1, max_size=3), shortcuts)
def test_whatever_fix_is_offered_mends(steps: list[str], shortcut: str) -> None:
    text = network(f"residual {{ {' -> '.join(steps)} }}{shortcut}", image="image[3, H=64, W=64]")
    for _ in range(3):  # a stride may have to be mended after the channels
        diagnostics = check(text).diagnostics
        if not diagnostics or diagnostics[0].fix is None:
            return
        text = applied(text, diagnostics[0].fix)
    assert check(text).messages == []
