"""Judges many random networks: `python -m tests.differential.fuzz --from 0 --count 10000`.

Every seed is one network, the same everywhere, so that a run can go on where another one ended.
Failures do not end it: each is made small and written to a folder, its source with what is wrong.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import torch

from tests.differential.choices import Choices, recorded, replayed, shrunk
from tests.differential.networks import network
from tests.differential.oracle import judge

MOST_TRIES = 400
"""Networks that are judged to make a failure small."""


def failure(c: Choices) -> str | None:
    """What is wrong with the network of these decisions, on one line; None where nothing is."""
    try:
        judge(network(c), c)
    except Exception as error:
        return f"{type(error).__name__}: {error}".split("\n", 1)[0]
    return None


def kind(message: str) -> str:
    """What a failure is about, without its numbers and names."""
    words = [word for word in message.split() if word.isalpha()]
    return " ".join(words[:8]) or message


def report(seed: int, message: str, folder: Path) -> Path:
    """Write the smallest network found that fails in the same way."""
    decisions: list[int] = []
    failure(recorded(seed, decisions))

    def fails(c: Choices) -> bool:
        found = failure(c)
        return found is not None and kind(found) == kind(message)

    small = shrunk(decisions, fails, MOST_TRIES)
    c = replayed(small)
    text = network(c).text()
    found = failure(replayed(small))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{seed}.arch"
    path.write_text(f"# seed {seed}: {message}\n# {found}\n{text}", encoding="utf-8")
    return path


def tell(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=10_000, help="how many seeds")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="folder for failures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    started = time.process_time()
    verdicts: Counter[str] = Counter()
    layers = failed = 0
    last = args.first + args.count
    for seed in range(args.first, last):
        c = recorded(seed, [])
        try:
            verdict = judge(network(c), c)
        except Exception as error:
            failed += 1
            message = f"{type(error).__name__}: {error}".split("\n", 1)[0]
            tell(f"seed {seed}: {message}")
            tell(f"  made small in {report(seed, message, args.out)}")
            continue
        layers += verdict.layers
        verdicts[verdict.discarded or "compared"] += 1
        verdicts["hardly depending on their input"] += verdict.dull
        if (seed + 1 - args.first) % 500 == 0 or seed + 1 == last:
            seconds = time.process_time() - started
            counts = ", ".join(f"{count} {name}" for name, count in verdicts.most_common())
            tell(
                f"{seed + 1 - args.first} networks, {layers:,} layers, {seconds:.0f} s: "
                f"{counts}; {failed} failed"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
