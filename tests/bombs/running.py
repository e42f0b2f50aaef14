"""Commands in processes of their own, and what they cost."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
GIVEN_UP = 30
"""Seconds of CPU time after which the system ends a process."""


class Cost(NamedTuple):
    """A finished process: its exit code, what it wrote, and what it took, start-up included."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


def run(*words: str, cwd: Path) -> Cost:
    """Run a command of archdsl's, and wait for it."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (GIVEN_UP, GIVEN_UP))

    out, err = cwd / "stdout.txt", cwd / "stderr.txt"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [sys.executable, "-m", "archdsl", *words],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=to_out,
            stderr=to_err,
            preexec_fn=limit,  # noqa: PLW1509  # there is one thread
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        process.returncode,
        out.read_text("utf-8", "replace"),
        err.read_text("utf-8", "replace"),
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
    )
