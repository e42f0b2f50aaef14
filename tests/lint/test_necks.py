"""The values that all paths pass: without one, what is left of a network does not reach the end."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.lint.necks import Necks
from archdsl.lint.net import Net
from tests.differential.choices import from_seed
from tests.differential.networks import network


def reached(net: Net, start: int, without: int | None = None) -> set[int]:
    """The values that paths from one value lead to, none of them past the one left out."""
    found = {start} - {without}
    for step in net.graph.steps:
        if not found.isdisjoint(step.inputs):
            found.update(value for value in step.outputs if value != without)
    return found


@pytest.mark.parametrize("seed", range(30))
def test_without_a_neck_there_is_no_path(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    path.write_text(network(from_seed(seed)).text(), encoding="utf-8")
    (graph,) = driver.check(str(path)).graphs
    net = Net(Analysis(graph))
    values = [value for value in range(len(graph.types)) if net.producers[value] is not None]
    for start in (graph.inputs[0].value, *values[:: max(1, len(values) // 4)]):
        necks = Necks(net, start)
        there = reached(net, start)
        for without in (*there, *values[::7]):
            left = reached(net, start, without)
            for end in values:
                passed = end in there and end not in left
                assert necks.pass_through(without, end) == passed, (start, without, end)
