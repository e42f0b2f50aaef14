"""Parts in processes of their own, beside those of this one."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.gpu.report import Report
from benchmarks.gpu.setting import Setting

ROOT = Path(__file__).parents[2]
LONGEST = 240
"""Seconds until processes are ended."""
WORKERS = 3
"""Of the compiler, in each process."""


class Job(NamedTuple):
    """A part for one network."""

    part: str
    network: str
    rounds: int


@contextmanager
def in_processes(setting: Setting, jobs: Sequence[Job], report: Report) -> Iterator[None]:
    """Jobs are done while the body runs; its end waits for them. They print their own lines."""
    with TemporaryDirectory() as folder:
        files = {job: Path(folder) / f"{number}.json" for number, job in enumerate(jobs)}
        running = {job: _started(setting, job, file) for job, file in files.items()}
        end = time.monotonic() + LONGEST
        try:
            yield
            for job, process in running.items():
                with report.guarded(job.part, job.network):
                    process.wait(max(1, end - time.monotonic()))
                    report.read(files[job])
        finally:
            for process in running.values():
                process.kill()
                process.wait()


def _started(setting: Setting, job: Job, file: Path) -> subprocess.Popen[bytes]:
    words = [job.part, "--network", job.network, "--rounds", str(job.rounds), "--json", str(file)]
    options = ["--device", setting.device, "--backend", setting.backend]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gpu", *words, *options],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "TORCHINDUCTOR_COMPILE_THREADS": str(WORKERS),
        },
    )
