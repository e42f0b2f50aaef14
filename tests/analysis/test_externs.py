"""Figures of networks with extern ops: what is declared, and what nobody knows."""

import pytest

from archdsl.analysis import Analysis
from archdsl.analysis.explain import explained
from archdsl.analysis.render import csv, text
from tests.elaborate.programs import check, graph, network
from tests.golden import check_golden

OPS = """\
extern op Blur(size: int = 3, mode: str | none = none, at: list[float] = [0.5]) {
  shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]
}
extern op Norm(groups: int) {
  shape input.shape
  params 2 * input.channels * groups
}
extern op Head(features: int) { shape [features]; params 1_000 }
"""
BODY = """\
stem = conv(8) -> Norm(2) -> relu
Blur(5, "same")
shared twice = Norm(1)
twice -> conv(8) -> twice
gap -> flatten
Head(4)
"""


def analysed(body: str) -> Analysis:
    return Analysis(graph(body, OPS))


def test_the_table_and_the_arithmetic() -> None:
    analysis = analysed(BODY)
    lines = [text(analysis), csv(analysis)]
    for path in ("stem.1", "stem.2", "blur1", "twice", "gap1", "head1"):
        found = explained(analysis, path)
        assert found is not None
        lines += [*found, ""]
    check_golden("analysis/externs.txt", "\n".join(lines))


def test_costs() -> None:
    analysis = analysed(BODY)
    # Two convolutions with biases; a shared op counts once.
    assert analysis.params == (8 * 3 * 9 + 8) + 2 * 8 * 2 + 2 * 8 + (8 * 8 * 9 + 8) + 1_000
    assert analysis.trainable_params == analysis.params
    assert analysis.macs == 32 * 32 * 8 * 27 + 16 * 16 * 8 * 72
    assert analysis.depth == 2
    assert analysis.activations == 3 * 8 * 32 * 32 + 4 * 8 * 16 * 16 + 8 + 8 + 4


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("conv(8) -> conv(8)", 5),
        ("conv(8) -> Blur", None),
        ("Blur -> conv(8)", None),
        # A sum of something known and something unknown is unknown, not what is known of it.
        ("a = conv(3)\nadd [a, x -> Norm(1)]", None),
        ("a = conv(3)\nadd [x -> Norm(1), a]\nconv(3)", None),
        # What global pooling has read is settled, and so is what has no positions.
        ("conv(8) -> gap -> Norm(1) -> flatten -> Head(2)", 3),
        ("conv(8) -> Head(2)", 3),
        ("conv(8) -> Norm(1) -> gap", None),
        ("a = conv(8)\nmul [a, a -> gap -> Norm(1) -> sigmoid]", 3),
        ("a = conv(8)\nb = a -> Norm(1)\noutput a, b", None),
    ],
)
def test_receptive_fields(body: str, field: int | None) -> None:
    analysis = analysed(body)
    assert analysis.receptive_field == field
    assert analysis.is_field_unknown == (field is None)
    assert ("unknown" in text(analysis)) == (field is None)


def test_an_expectation_of_what_is_unknown_fails() -> None:
    outcome = check(OPS + network("conv(8) -> Blur\nexpect receptive_field == 3"))
    (found,) = outcome.diagnostics
    assert (found.code, found.help) == ("E601", "receptive_field is none")
