"""Two processes on one machine that train together: how a test starts them, and what they share.

A script joins its partner by `joined(rank, folder)` and ends by `finish()`. What it found wrong
in between is an exception, and the test's failure.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import torch
from torch import distributed as dist

PROCESSES = 2
AGREED = "agreed"
ROOT = Path(__file__).parents[2]


def run(script: str, folder: Path) -> None:
    """Runs `python -m script RANK FOLDER` for both ranks; both must come to their `finish`."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", script, str(rank), str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(PROCESSES)
    ]
    try:
        said = [process.communicate(timeout=180) for process in running]
    finally:
        for process in running:
            process.kill()
    # Before that, some versions of PyTorch say there that the processes are connected.
    last = [out.splitlines()[-1:] for out, _ in said]
    assert last == [[AGREED]] * PROCESSES, "\n".join(err for _, err in said)


def joined(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    rendezvous = (folder / "rendezvous").as_uri()
    dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=PROCESSES)


def finish() -> NoReturn:
    """Says that all was as it should be, waits for the partner, and ends the process.

    It ends without taking PyTorch down: once in some hundred runs, one of its threads is still
    running when the objects of C++ are destroyed, and the process aborts ("terminate called
    without an active exception").
    """
    sys.stdout.write(AGREED)
    sys.stdout.flush()
    dist.barrier()
    os._exit(0)
