"""Sets off every bomb: `python -m tests.bombs [TITLE...]`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bombs.bombs import BOMBS
from tests.bombs.judging import MOST_SECONDS, judged


def main() -> int:
    wanted = sys.argv[1:]
    failed = 0
    bombs = [one for one in BOMBS if not wanted or any(word in one.title for word in wanted)]
    for bomb in bombs:
        with TemporaryDirectory() as folder:
            verdict = judged(bomb, Path(folder))
        failed += bool(verdict.problems)
        figures = ", ".join(f"{name} {cost.seconds:.2f}" for name, cost in verdict.costs.items())
        most = max(cost.megabytes for cost in verdict.costs.values())
        print(f"{bomb.title}: {verdict.code or 'valid'}; {figures} s; {most:.0f} MB", flush=True)
        for problem in verdict.problems:
            print(f"    {problem}", flush=True)
    print(f"{len(bombs)} bombs, {failed} failed (limit {MOST_SECONDS:g} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
