"""`python -m benchmarks.gpu [PART…]`: see the package's description."""

import argparse
import sys
from pathlib import Path

from benchmarks.gpu.report import Report
from benchmarks.gpu.run import NAMES, PARTS, run
from benchmarks.gpu.setting import REHEARSAL, Setting, has_device


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART")
    parser.add_argument("--network", action="append", default=[], choices=NAMES, metavar="NAME")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--backend", help="of torch.compile")
    parser.add_argument("--rounds", type=int, help="in which times are measured")
    parser.add_argument("--json", type=Path, help="write all lines to this file as well")
    arguments = parser.parse_args(words)
    if arguments.device == "cuda" and not has_device():
        parser.error("there is no CUDA device that PyTorch finds")
    setting = Setting() if arguments.device == "cuda" else REHEARSAL
    if arguments.backend is not None:
        setting = setting._replace(backend=arguments.backend)
    if arguments.rounds is not None:
        setting = setting._replace(rounds=arguments.rounds)
    if len(arguments.network) != 1:
        print(setting.name(), flush=True)
    report = Report()
    try:
        run(setting, report, arguments.parts or PARTS, arguments.network)
    finally:
        if arguments.json:
            report.write(arguments.json)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
