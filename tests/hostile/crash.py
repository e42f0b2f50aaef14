"""Runs that are ended by signals at random times, and what they leave behind.

`python -m tests.hostile.crash --count 500` (`make crash`) starts that many processes, one after the
other, and ends each with SIGINT, SIGTERM, SIGHUP or SIGKILL somewhere between its start and its
end. Each file must then be what it was before or what the command writes, and a model have its
weights. Nothing else may be there, but for what SIGKILL leaves, which the next run has to remove.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from archdsl.cli import main
from tests.cli.commands import ROOT

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)

NET = """\
network Net(classes: int = 4) {{
  "A network with {size} features."
  input image: image[3, H=8, W=8]
  conv(4,  bias=true) -> bn -> relu -> gap -> flatten
  linear({size})  ->  linear({size}) -> linear(classes)
}}
"""


class Case(NamedTuple):
    """A command that writes into `out`.

    Attributes:
        before: the words of the run that made what is there before; none for a copy of the source.
    """

    name: str
    before: str
    words: str


CASES = (
    Case("pytorch", "compile net.arch -o out --set classes=3", "compile net.arch -o out"),
    Case("onnx", "compile net.arch -o out --to onnx", "compile net.arch -o out --to onnx --seed 1"),
    Case(
        "external data",
        "compile net.arch -o out --to onnx --external-data",
        "compile net.arch -o out --to onnx --external-data --seed 1",
    ),
    Case(
        "init", "init net.arch -o out/w.safetensors", "init net.arch -o out/w.safetensors --seed 1"
    ),
    Case("svg", "diagram net.arch -o out/n.svg", "diagram net.arch -o out/n.svg --level layer"),
    Case("fmt", "", "fmt out/net.arch"),
    Case("fix", "", "lint out/net.arch --fix"),
    Case(
        "baseline",
        "lint net.arch --write-baseline out/b.json --ignore P",
        "lint net.arch --write-baseline out/b.json",
    ),
)

State = dict[str, bytes]
"""The files in `out`, by name."""

Start = Callable[[list[str], Path], int]
"""Starts the command line in a folder; returns the process."""


class Judged(NamedTuple):
    """What became of a case.

    Attributes:
        trouble: what is wrong, or "".
        outcome: `old`, `new` or `both`: what the files were; with a `+` where something was left.
    """

    trouble: str
    outcome: str


class Trial:
    """One case, again and again."""

    def __init__(self, case: Case, folder: Path, size: int, start: Start) -> None:
        self._words = case.words.split()
        self._folder = folder / case.name
        self._start = start
        self._out = self._folder / "out"
        self._out.mkdir(parents=True)
        (self._folder / "net.arch").write_text(NET.format(size=size))
        if case.before:
            self._whole(case.before.split())
        else:
            (self._out / "net.arch").write_text(NET.format(size=size))
        self._old = self._state()
        began = time.monotonic()
        self._ended(start(self._words, self._folder))
        self.seconds = time.monotonic() - began
        self._new = self._state()
        assert self._new != self._old, case.name

    def run(self, number: signal.Signals, seconds: float) -> Judged:
        """Start the command, send a signal after some time, and judge what is there."""
        for entry in self._out.iterdir():
            entry.unlink()
        for name, content in self._old.items():
            (self._out / name).write_bytes(content)
        process = self._start(self._words, self._folder)
        time.sleep(seconds)
        os.kill(process, number)
        code = self._ended(process)
        found = self._state()
        rests = [name for name in found if name.endswith(".archdsl-tmp")]
        trouble = self._trouble(number, code, found, rests)
        outcome = "new" if self._has(found, self._new) else "old"
        if number == signal.SIGKILL:
            self._whole(self._words)
            left = [name for name in self._state() if name not in self._new]
            if left:
                trouble = f"{left} after the next run"
        return Judged(trouble, outcome + "+" * bool(rests))

    def _trouble(self, number: int, code: int, found: State, rests: list[str]) -> str:
        if rests and number != signal.SIGKILL:
            return f"{rests} were left"
        if code not in (0, 1, -number, 130 if number == signal.SIGINT else 0):
            return f"exit code {code}"
        known = {*self._old, *self._new, *rests}
        if not found.keys() <= known:
            return f"{sorted(found.keys() - known)} appeared"
        if not (self._has(found, self._old) or self._has(found, self._new)):
            return f"neither the old nor the new files are whole: {sorted(found)}"
        return ""

    @staticmethod
    def _has(found: State, whole: State) -> bool:
        """Whether all files of a run are there."""
        return all(found.get(name) == content for name, content in whole.items())

    def _state(self) -> State:
        return {entry.name: entry.read_bytes() for entry in self._out.iterdir()}

    def _whole(self, words: list[str]) -> None:
        """Run a command to its end."""
        code = self._ended(forked(words, self._folder))
        assert code in (0, 1), (words, code)

    @staticmethod
    def _ended(process: int) -> int:
        _, status = os.waitpid(process, 0)
        return os.waitstatus_to_exitcode(status)


def forked(words: list[str], folder: Path) -> int:
    """The command line in a copy of this process, which has loaded everything already."""
    process = os.fork()
    if process:
        return process
    try:
        for number in SIGNALS[:3]:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folder)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            sys.stdout = sys.stderr = nowhere
            code = main(words)
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        code = 99
    finally:
        os._exit(code)


def spawned(words: list[str], folder: Path) -> int:
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "archdsl", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).pid


def judge(count: int, seed: int, size: int, start: Start, folder: Path) -> Counter[str]:
    """So many runs; the outcomes by signal. Raises AssertionError at the first trouble."""
    stream = random.Random(seed)
    trials = {case.name: Trial(case, folder, size, start) for case in CASES}
    outcomes: Counter[str] = Counter()
    for index in range(count):
        case = CASES[index % len(CASES)]
        number = SIGNALS[index // len(CASES) % len(SIGNALS)]
        trial = trials[case.name]
        seconds = stream.uniform(0, 1.1 * trial.seconds)
        judged = trial.run(number, seconds)
        assert not judged.trouble, (
            f"{case.name}, {number.name} after {seconds:.3f} s: {judged.trouble}"
        )
        outcomes[f"{number.name} {judged.outcome}"] += 1
    return outcomes


def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["ARCHDSL_CACHE_DIR"] = os.path.join(name, "cache")
        outcomes = judge(given.count, given.seed, 2_500, spawned, Path(name))
    lines = [f"{times:>6}  {what}" for what, times in sorted(outcomes.items())]
    total = f"{sum(outcomes.values()):>6}  runs, nothing torn, nothing left but by SIGKILL"
    sys.stdout.write("\n".join((*lines, total, "")))


if __name__ == "__main__":
    _main()
