"""The benchmarks measure what they say they do; how fast it is, `make bench` tells."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.lint.catalogue import selected
from benchmarks import growth, lint, measure, parsing


@pytest.mark.parametrize("kind", growth.KINDS)
@pytest.mark.parametrize("layers", [100, 600])
def test_nets_of_growing_size_are_sound(tmp_path: Path, kind: str, layers: int) -> None:
    path = tmp_path / "net.arch"
    path.write_text(growth.KINDS[kind](layers))
    found = driver.check(str(path))
    assert not found.diagnostics
    (graph,) = found.graphs
    assert 0.9 * layers <= len(graph.steps) <= 1.3 * layers


def test_parsers_agree_on_every_shipped_file() -> None:
    assert len(parsing.CORPUS) > 5
    assert [result.met for result in parsing.run(rounds=1)] != []


def test_the_linted_file_is_clean_and_of_ordinary_length() -> None:
    found = driver.lint(str(lint.CLEAN), selected())
    assert not found.diagnostics
    assert 90 <= lint.CLEAN.read_text().count("\n") <= 110


def test_ratios_and_verdicts() -> None:
    fast = measure.faster("a", [1.0, 1.0, 2.0], [3.0, 4.0, 10.0], 4)
    assert (fast.median, fast.met) == (4.0, True)
    assert measure.slower("b", [2.0, 9.0, 6.0], [1.0, 1.0, 1.0], 5).met is False
    assert measure.equal("c", [1.0], [1.01], 0.97, 1.03).met is True
    lines = measure.results_table([fast]).splitlines()
    assert lines[2].split() == [
        "a",
        "1",
        "s",
        "4",
        "s",
        "4.00",
        "3.00",
        "5.00",
        "at",
        "least",
        "4",
        "met",
    ]


def test_contestants_take_turns() -> None:
    order: list[str] = []
    times = measure.turns([lambda: order.append("a"), lambda: order.append("b")], rounds=2)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert [len(taken) for taken in times] == [2, 2]
