"""`archdsl check` of the ResNet file as a whole process, beside Python doing nothing."""

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.measure import Result, slower, turns

SPEC = "specs/resnet.arch"
ENTRY = "import sys; from archdsl.cli import entry; sys.exit(entry())"
"""What the installed `archdsl` script runs."""


def run(rounds: int) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        # An installed package has its bytecode cached, wherever this one runs from.
        settings = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": os.getcwd()}
        settings.pop("PYTHONDONTWRITEBYTECODE", None)

        def process(program: str, *words: str) -> None:
            command = [sys.executable, "-c", program, *words]
            subprocess.run(command, check=True, env=settings, stdout=subprocess.DEVNULL)

        contestants = (
            lambda: process(ENTRY, "check", SPEC),
            lambda: process(ENTRY, "check", f"{SPEC}:ResNet50"),
            lambda: process("pass"),
        )
        file, network, nothing = turns(contestants, rounds, warm_up=2, clock=time.perf_counter)
    return [
        slower("check of resnet.arch, its five networks : python -c pass", file, nothing, 5),
        slower("check of resnet.arch:ResNet50 : python -c pass", network, nothing, 5),
    ]
