"""A pitfall that is grafted into a good network is found at its line, wherever it is put."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from archdsl import driver
from archdsl.lint.catalogue import RULES
from tests.lint import corpus

MOST_SITES = 30


class Graft(NamedTuple):
    """A change of the source that makes a pitfall for a rule of each place that matches."""

    code: str
    pattern: str
    replacement: str


GRAFTS = (
    Graft("P107", r" -> bn\b", " -> dropout(0.1) -> bn"),
    Graft("P108", r"(\bconv\((?:(?!bias)[^()])*)\) -> bn\b", r"\1, bias=true) -> bn"),
    Graft("P110", r" -> relu\b", " -> relu -> gelu"),
    Graft("P110", r" -> relu\b", " -> silu -> relu"),
    Graft(
        "P113",
        r"(conv_transpose\(\w+), 4, stride=2, pad=1",
        r"\1, 3, stride=2, pad=1, output_pad=1",
    ),
)


class Grafted(NamedTuple):
    """The text of a file of good networks with one pitfall, and where that is."""

    name: str
    line: int
    text: str


def grafted(graft: Graft) -> list[Grafted]:
    """Places all over the good networks, the same ones each time."""
    every = list(_grafted(graft))
    return every[:: -(-len(every) // MOST_SITES)]


def _grafted(graft: Graft) -> Iterator[Grafted]:
    for path in corpus.good_files():
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(graft.pattern, text):
            before, after = text[: match.start()], text[match.end() :]
            line = before.count("\n") + 1
            yield Grafted(str(path), line, before + match.expand(graft.replacement) + after)


@pytest.mark.parametrize("graft", GRAFTS, ids=lambda graft: graft.code)
def test_grafted_pitfalls_are_found(graft: Graft) -> None:
    sites = grafted(graft)
    assert len(sites) > MOST_SITES // 3
    for site in sites:
        found = driver.lint(site.name, [RULES[graft.code]], site.text).diagnostics
        marks = {(one.code, one.span.line) for one in found}
        assert marks == {(graft.code, site.line)}, f"{site.name}:{site.line}"
