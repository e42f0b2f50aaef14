"""Compares every output in many surroundings: `python -m tests.determinism --python python3.13`."""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.determinism.outputs import Surroundings, differences, digests

SEEDS = ("0", "1", "42", "12345", "4294967295")


def surroundings(pythons: list[str]) -> list[Surroundings]:
    return [
        *(Surroundings(f"hash seed {seed}", {"PYTHONHASHSEED": seed}) for seed in SEEDS),
        Surroundings("locale C", {"LC_ALL": "C"}),
        Surroundings("ASCII alone", {"LC_ALL": "C", "PYTHONUTF8": "0"}, ascii_alone=True),
        Surroundings("locale C.UTF-8", {"LC_ALL": "C.UTF-8"}),
        Surroundings("another time zone", {"TZ": "Pacific/Kiritimati"}),
        Surroundings("another folder", {}, "deep down/in \u00e4nother folder"),
        Surroundings("one processor", {}, processors=1),
        Surroundings("two processors", {}, processors=2),
        *(Surroundings(_version(python), {}, python=python) for python in pythons),
    ]


def _version(python: str) -> str:
    done = subprocess.run([python, "--version"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", default=[], help="another interpreter")
    args = parser.parse_args()
    first: dict[str, str] | None = None
    failed = 0
    for where in surroundings(args.python):
        with TemporaryDirectory() as folder:
            found = digests(where, Path(folder))
        first = first or found
        wrong = list(differences(first, found, ascii_alone=where.ascii_alone))
        failed += bool(wrong)
        sys.stdout.write(f"{where.title}: {len(found)} outputs, {len(wrong)} differ\n")
        sys.stdout.writelines(f"    {line}\n" for line in wrong)
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
