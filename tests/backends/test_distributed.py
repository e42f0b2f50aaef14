"""Emitted modules under DistributedDataParallel and FSDP, in two processes on the CPU."""

import subprocess
import sys
from pathlib import Path

from tests.backends import half_batch
from tests.backends.emitted import of_text, written
from tests.cli.nets import SHARED, TINY


def test_gradients_of_two_processes_are_those_of_one(tmp_path: Path) -> None:
    """Blocks that repeat, a shared layer, and an output that training alone returns."""
    graphs = [of_text(text, tmp_path) for text in (TINY, SHARED)]
    assert [graph.name for graph in graphs] == list(half_batch.NETWORKS)
    written(graphs, tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, half_batch.__file__, str(rank), str(tmp_path)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(half_batch.PROCESSES)
    ]
    try:
        said = [process.communicate(timeout=120)[1] for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0], "\n".join(said)
