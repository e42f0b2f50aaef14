"""What a bomb must not do."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.bombs.bomb import Bomb
from tests.bombs.running import Cost, run

MOST_SECONDS = 1.0
"""Of CPU time for a command, start-up included."""
MOST_MEGABYTES = 700
MOST_TRIES = 3

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
    commands = {"check": ("check",), "lint": ("lint", "--no-cache"), "fmt": ("fmt", "--check")}
    costs = {name: _least(*words, "net.arch", cwd=folder) for name, words in commands.items()}
    if costs["check"].code == 0:
        costs["compile"] = _least("compile", "net.arch", cwd=folder)
        if bomb.onnx:
            costs["onnx"] = _least("compile", "--to", "onnx", "net.arch", cwd=folder)
    found = _CODE.search(costs["check"].err)
    code = found[1] if found else None
    problems = [f"{name}: {what}" for name, cost in costs.items() for what in _wrong(cost)]
    if code != bomb.code:
        problems.append(f"check: {code} instead of {bomb.code}")
    return Verdict(costs, code, problems)


def _least(*words: str, cwd: Path) -> Cost:
    """What a command takes; the least of some runs where the first ones take too much, since other
    work of the machine makes all of them longer.
    """
    cost = run(*words, cwd=cwd)
    for _ in range(MOST_TRIES - 1):
        if cost.seconds > MOST_SECONDS:
            cost = min(cost, run(*words, cwd=cwd), key=lambda one: one.seconds)
    return cost


def _wrong(cost: Cost) -> list[str]:
    found = []
    if cost.code not in (0, 1, 2):
        found.append(f"exit code {cost.code} {cost.err[-300:]}")
    if cost.seconds > MOST_SECONDS:
        found.append(f"{cost.seconds:.2f} s")
    if cost.megabytes > MOST_MEGABYTES:
        found.append(f"{cost.megabytes:.0f} MB")
    return found
