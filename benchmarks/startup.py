"""`archdsl check` of the ResNet file as a whole process, beside Python doing nothing."""

import time

from benchmarks.measure import Result, slower, turns
from benchmarks.processes import ENTRY, Processes

SPEC = "specs/resnet.arch"


def run(rounds: int) -> list[Result]:
    with Processes() as processes:
        contestants = (
            lambda: processes.run(ENTRY, "check", SPEC),
            lambda: processes.run(ENTRY, "check", f"{SPEC}:ResNet50"),
            lambda: processes.run("pass"),
        )
        file, network, nothing = turns(contestants, rounds, warm_up=2, clock=time.perf_counter)
    return [
        slower("check of resnet.arch, its five networks : python -c pass", file, nothing, 5),
        slower("check of resnet.arch:ResNet50 : python -c pass", network, nothing, 5),
    ]
