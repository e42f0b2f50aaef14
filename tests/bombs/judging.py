"""What a bomb must not do."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.bombs.bombs import Bomb
from tests.bombs.running import Cost, run

MOST_SECONDS = 1.0
"""Of CPU time for a command, start-up included."""
MOST_MEGABYTES = 700

_CODE = re.compile(r": error (E\d{3}):")


class Verdict(NamedTuple):
    """What a bomb took in each command, the code of its first error, and what is wrong."""

    costs: dict[str, Cost]
    code: str | None
    problems: list[str]


def judged(bomb: Bomb, folder: Path) -> Verdict:
    """Let the commands have a bomb in an empty folder."""
    for name, text in {"net.arch": bomb.text, **bomb.files}.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    costs = {
        "check": run("check", "net.arch", cwd=folder),
        "lint": run("lint", "--no-cache", "net.arch", cwd=folder),
        "fmt": run("fmt", "--check", "net.arch", cwd=folder),
    }
    if costs["check"].code == 0:
        costs["compile"] = run("compile", "net.arch", cwd=folder)
    found = _CODE.search(costs["check"].err)
    code = found[1] if found else None
    problems = [f"{name}: {what}" for name, cost in costs.items() for what in _wrong(cost)]
    if code != bomb.code:
        problems.append(f"check: {code} instead of {bomb.code}")
    return Verdict(costs, code, problems)


def _wrong(cost: Cost) -> list[str]:
    found = []
    if cost.code not in (0, 1, 2):
        found.append(f"exit code {cost.code} {cost.err[-300:]}")
    if cost.seconds > MOST_SECONDS:
        found.append(f"{cost.seconds:.2f} s")
    if cost.megabytes > MOST_MEGABYTES:
        found.append(f"{cost.megabytes:.0f} MB")
    return found
