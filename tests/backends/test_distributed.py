"""Emitted modules under DistributedDataParallel and FSDP, in two processes on the CPU."""

from pathlib import Path

from tests.backends import half_batch, pairs
from tests.backends.emitted import of_text, written
from tests.cli.nets import SHARED, TINY


def test_gradients_of_two_processes_are_those_of_one(tmp_path: Path) -> None:
    """Blocks that repeat, a shared layer, and an output that training alone returns."""
    graphs = [of_text(text, tmp_path) for text in (TINY, SHARED)]
    assert [graph.name for graph in graphs] == list(half_batch.NETWORKS)
    written(graphs, tmp_path)
    pairs.run(half_batch.__name__, tmp_path)
