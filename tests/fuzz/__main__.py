"""Gives many inputs to every command: `python -m tests.fuzz --from 0 --count 200000`.

Every seed is one input (`mutations.py`), so that a run can go on where another one ended. Failures
do not end it: of each kind the first is made small and written to a folder.
"""

import argparse
import multiprocessing
import sys
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.fuzz.corpus import corpus
from tests.fuzz.judging import MOST_MEGABYTES, judge, megabytes
from tests.fuzz.mutations import drawn
from tests.fuzz.shrinking import shrunk

BATCH = 1000
"""Inputs that one process takes, so that a crash of the interpreter costs little."""
WEIGHED = 20
"""After so many inputs it is looked how much memory the process has had: that takes a while."""
PATIENCE = 120.0
"""Seconds without an answer after which such a process is given up."""


class Answer(NamedTuple):
    """What became of a seed's input; `small` is the smallest input found that fails alike."""

    seed: int
    valid: bool
    seconds: float
    failure: str
    small: bytes = b""


def batch(first: int, last: int, known: set[str], pipe: Connection) -> None:
    """Judge seeds, and send an answer for each; runs in a process of its own."""
    seen = set(known)
    texts = corpus()
    with TemporaryDirectory() as name:
        folder = Path(name)
        for seed in range(first, last):
            data = drawn(seed, texts)
            failure, valid, seconds = judge(data, folder, seed)
            small = b""
            if failure and failure not in seen:
                seen.add(failure)
                small = shrunk(data, partial(_fails_alike, failure, folder, seed))
            if not failure and seed % WEIGHED == 0 and megabytes() > MOST_MEGABYTES:
                failure = f"more than {MOST_MEGABYTES} MB, for this input or one shortly before it"
            pipe.send(Answer(seed, valid, seconds, failure, small))


def _fails_alike(failure: str, folder: Path, seed: int, data: bytes) -> bool:
    return judge(data, folder, seed).failure == failure


def tell(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Run:
    """A whole run: what it has seen so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.judged = self.valid = self.failed = 0
        self.slowest = Answer(-1, True, 0.0, "")
        self.kinds: dict[str, int] = {}

    def take(self, answer: Answer) -> None:
        self.judged += 1
        self.valid += answer.valid
        if answer.seconds > self.slowest.seconds:
            self.slowest = answer
        if not answer.failure:
            return
        self.failed += 1
        if answer.failure not in self.kinds:
            tell(f"seed {answer.seed}: {answer.failure}")
            if answer.small:
                self.folder.mkdir(parents=True, exist_ok=True)
                path = self.folder / f"input-{answer.seed}.arch"
                path.write_bytes(answer.small)
                tell(f"  made small in {path}")
        self.kinds[answer.failure] = self.kinds.get(answer.failure, 0) + 1

    def seeds(self, first: int, last: int) -> None:
        """Judge a batch; where its process dies or hangs, the seed at fault fails, and a new
        process goes on behind it.
        """
        while first < last:
            here, there = multiprocessing.Pipe(duplex=False)
            worker = multiprocessing.get_context("fork").Process(
                target=batch, args=(first, last, set(self.kinds), there)
            )
            worker.start()
            there.close()
            try:
                while first < last and here.poll(PATIENCE):
                    self.take(here.recv())
                    first += 1
            except EOFError:
                pass
            if first < last:
                ended = worker.exitcode
                worker.kill()
                what = "the process hangs" if ended is None else f"the process ends with {ended}"
                self.take(Answer(first, False, 0.0, what, drawn(first, corpus())))
                first += 1
            worker.join()

    def told(self, started: float) -> str:
        return (
            f"{self.judged:,} inputs, {self.valid:,} of them valid, {time.time() - started:.0f} s; "
            f"slowest command {self.slowest.seconds:.2f} s (seed {self.slowest.seed}); "
            f"{self.failed} failed in {len(self.kinds)} ways"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=200_000, help="how many seeds")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="folder for failures")
    args = parser.parse_args()
    corpus()  # once, before processes are forked
    run = Run(args.out)
    started = time.time()
    last = args.first + args.count
    for first in range(args.first, last, BATCH):
        run.seeds(first, min(first + BATCH, last))
        tell(run.told(started))
    for failure, count in sorted(run.kinds.items(), key=lambda item: -item[1]):
        tell(f"{count:>6} {failure}")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
