"""The benchmarks measure what they say they do; how fast it is, `make bench` tells."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.lint.catalogue import selected
from benchmarks import growth, lint, measure, onnx, parsing
from benchmarks.processes import ENTRY, Processes


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


def test_memory_is_shown_as_such() -> None:
    result = measure.slower("m", [50e6, 70e6], [60e6, 60e6], 1, measure.megabytes)
    assert result.met is True
    assert "60.0 MB  60.0 MB   1.00  0.83  1.17" in measure.results_table([result])


def test_processes_report_their_memory() -> None:
    with Processes() as processes:
        nothing = processes.peak("pass")
        much = processes.peak("data = bytes(range(256)) * 400_000")
        assert 90e6 < much - nothing < 120e6
        # Also where the program ends at once, without what Python does at its end.
        assert nothing < processes.peak(ENTRY, "check", "specs/lenet.arch") < nothing + 50e6
        with pytest.raises(RuntimeError, match=r"ended with 2\n.*none\.arch cannot be read"):
            processes.run(ENTRY, "check", "none.arch")


def test_models_are_written_and_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyTorch's exporters, which take long: their script checks what it is given."""
    script = "import sys; assert sys.argv[1] == 'lenet' and sys.argv[2] in ('dynamo', 'before')"
    monkeypatch.setattr(onnx, "EXPORT", script)
    # What the interpreter and onnx alone take depends on their versions: no goal of this test.
    monkeypatch.setattr(onnx, "MOST_MEMORY", 150_000_000)
    net = onnx.Net("specs/lenet.arch:LeNet5", "lenet", (None, 100))
    with Processes() as processes:
        results = onnx.writing(net, processes, rounds=1)
    assert [result.met for result in results] == [None, False, True, None]
    assert 20e6 < results[2].times[0] < 100e6
    assert results[3].times[0] > results[3].times[1] > 5e6


def test_a_model_without_weights_is_made_in_process() -> None:
    assert 0 < onnx.without_weights(rounds=1).times[0] < 1


def test_contestants_take_turns() -> None:
    order: list[str] = []
    times = measure.turns([lambda: order.append("a"), lambda: order.append("b")], rounds=2)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert [len(taken) for taken in times] == [2, 2]
