"""`archdsl lint` as a whole process: one clean file, anew and from the cache, beside Python doing
nothing; and 1,000 files on one processor and on two.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Result, faster, slower, turns
from benchmarks.processes import ENTRY

FILES = 1_000
ROUNDS_OF_MANY = 3
CLEAN = Path(__file__).parent / "clean.arch"
"""A hundred lines, as people write them: blocks, a loop, two heads, expectations."""

ONE_PROCESSOR = f"import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); {ENTRY}"


def run(rounds: int) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        settings = _installed(Path(folder))

        def process(program: str, *words: str) -> None:
            command = [sys.executable, "-c", program, *words]
            subprocess.run(command, check=True, env=settings, stdout=subprocess.DEVNULL)

        contestants = (
            lambda: process(ENTRY, "lint", "--no-cache", str(CLEAN)),
            lambda: process(ENTRY, "lint", str(CLEAN)),
            lambda: process("pass"),
        )
        anew, cached, nothing = turns(contestants, rounds, warm_up=2, clock=time.perf_counter)
        many = _copies(Path(folder))
        contestants_of_many = (
            lambda: process(ENTRY, "lint", "--no-cache", many),
            lambda: process(ONE_PROCESSOR, "lint", "--no-cache", many),
        )
        two, one = turns(contestants_of_many, ROUNDS_OF_MANY, clock=time.perf_counter)
    return [
        slower("lint of a clean file of 100 lines : python -c pass", anew, nothing, 5),
        slower("the same from the cache : python -c pass", cached, nothing, 1.5),
        faster(f"one processor : two, lint of {FILES:,} files", two, one, 1.7),
    ]


def _installed(folder: Path) -> dict[str, str]:
    """The environment of an installed package: as a wheel has it, its bytecode cached."""
    package = folder / "site" / "archdsl"
    shutil.copytree("archdsl", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree("specs", package / "zoo")
    settings = {
        **os.environ,
        "PYTHONPATH": str(package.parent),
        "ARCHDSL_CACHE_DIR": str(folder / "cache"),
    }
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    return settings


def _copies(folder: Path) -> str:
    """A folder with many files."""
    target = folder / "many"
    target.mkdir()
    text = CLEAN.read_text(encoding="utf-8")
    for number in range(FILES):
        (target / f"net{number:04}.arch").write_text(text, encoding="utf-8")
    return str(target)
