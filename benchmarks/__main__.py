"""`python -m benchmarks [SECTION…] [--quick]`: see the package's description."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

from benchmarks.measure import Result, results_table

ROUNDS = {"startup": 25, "lint": 25, "parsing": 9, "figures": 7, "emitted": 31, "onnx": 5}
SECTIONS = (*ROUNDS, "growth", "gpu")
NO_GPU = "the section gpu needs a CUDA device, and PyTorch finds none"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], metavar="SECTION")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller nets")
    arguments = parser.parse_args()
    chosen = arguments.sections or SECTIONS
    if "gpu" in arguments.sections and not _has_gpu():
        print(NO_GPU, file=sys.stderr)
        return 2
    results: list[Result] = []
    for section in (name for name in ROUNDS if name in chosen):
        print(f"{section} …", file=sys.stderr, flush=True)
        run: Callable[[int], list[Result]] = import_module(f"benchmarks.{section}").run
        results += run(max(3, ROUNDS[section] // 3) if arguments.quick else ROUNDS[section])
    met = all(result.met is not False for result in results)
    if results:
        print(results_table(results))
        print("\nMedians of rounds in which the contestants take turns, and the extremes.")
    if "growth" in chosen:
        from benchmarks import growth

        print("growth …", file=sys.stderr, flush=True)
        text, grown = growth.run(growth.SIZES[:3] if arguments.quick else growth.SIZES)
        print(
            f"\n{text}\n\nProcessor time and memory of `check` in process, by the number of layers."
        )
        met = met and grown
    if "gpu" in chosen and _has_gpu():
        from benchmarks.gpu.run import on_cuda

        print("gpu …", file=sys.stderr, flush=True)
        met = on_cuda(arguments.quick) and met
    return 0 if met else 1


def _has_gpu() -> bool:
    # Not before it is needed: what other sections measure would be another process's.
    from benchmarks.gpu.setting import has_device

    return has_device()


if __name__ == "__main__":
    sys.exit(main())
