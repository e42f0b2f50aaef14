"""What every input is held to: all that archdsl does with a source ends, soon, and as it should."""

import gc
import io
import re
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from archdsl import driver
from archdsl.cli import main
from archdsl.lint.catalogue import RULES

MOST_SECONDS = 1.0
"""Of CPU time, for each command, and for each so many layers that a source expands to:"""
LAYERS, COMPILED = 10_000, 2_500
"""What is compiled is written three times, layer by layer."""
MOST_MEGABYTES = 300
LONG = 0.1
"""Seconds after which a command may leave much behind."""
GIVEN_UP = 10.0
"""Seconds of CPU time after which a command is interrupted."""

FORMATS = ("text", "json", "sarif", "github", "junit")
ENDINGS = {"check": (0, 1), "lint": (0, 1), "fmt": (0, 1)}
"""The exit codes that a source may lead to; 2 where a command finds no network, or several."""
EVERY_RULE = ",".join(RULES)

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line \d+, in (?P<function>\S+)')


class Outcome(NamedTuple):
    """What became of an input.

    Attributes:
        failure: what is wrong, on a line; "" where nothing is. Inputs that fail for one reason
            have one failure: it holds no figures.
        valid: whether `check` found no error.
        seconds: CPU time of the slowest command.
    """

    failure: str
    valid: bool
    seconds: float


class TooSlow(BaseException):
    """Raised into a command that does not end; no handler of archdsl's may catch it."""


def judge(data: bytes, folder: Path, number: int = 0) -> Outcome:
    """Give an input to the commands.

    Args:
        folder: an empty one, where the input and what is made of it are written.
        number: chooses the format of lint's report, and of what every second input is asked.
    """
    (folder / "net.arch").write_bytes(data)
    net = str(folder / "net.arch")
    slowest = 0.0
    valid = False
    for words in _commands(net, str(folder / "build"), number):
        if words[0] in ("compile", "summary") and not valid:
            continue
        code, failure, seconds = _ran(words)
        slowest = max(slowest, seconds)
        if failure:
            return Outcome(f"{words[0]}: {failure}", valid, slowest)
        valid = valid or (words[0] == "check" and code == 0)
    return Outcome("", valid, slowest)


def _commands(net: str, out: str, number: int) -> list[list[str]]:
    """The commands, the quick ones first; `fmt` proves itself that its result is stable."""
    form = FORMATS[number % len(FORMATS)]
    return [
        ["check", net],
        ["lint", "--no-cache", "--select", EVERY_RULE, "--format", form, net],
        ["fmt", "--diff", net],
        ["lint", "--no-cache", "--diff", net]
        if number % 2
        else ["summary", net, "--format", "json" if number % 4 else "table"],
        ["compile", net, "--to", "pytorch,dot,mermaid", "-o", out],
    ]


def megabytes() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ran(words: list[str]) -> tuple[int, str, float]:
    """The exit code of a command, what is wrong with it, and its CPU seconds."""
    code, error, seconds = _once(words)
    if seconds > MOST_SECONDS and not error:
        # A machine that is busy, or memory that another input has left, is no fault of this one.
        again, error, seconds = _once(words)
        if again != code:
            error = f"exit codes {code} and {again} for one input"
    if code not in ENDINGS.get(words[0], (0, 1, 2)) and not error:
        error = f"exit code {code}"
    if seconds > MOST_SECONDS and not error:
        layers = COMPILED if words[0] == "compile" else LAYERS
        most = MOST_SECONDS * max(1.0, _layers(words) / layers)
        error = f"more than {most:.0f} s" if seconds > most else ""
    return code, error, seconds


def _layers(words: list[str]) -> int:
    """How many layers the source of a command expands to."""
    (net,) = (word for word in words if word.endswith("net.arch"))
    return sum(len(graph.steps) for graph in driver.check(net).graphs)


def _once(words: list[str]) -> tuple[int, str, float]:
    error = io.StringIO()
    output = io.TextIOWrapper(io.BytesIO(), "utf-8")
    started = time.process_time()
    code, failure = -1, ""
    try:
        with _limited(), redirect_stdout(output), redirect_stderr(error):
            code = main([*words, "--debug"])
    except TooSlow as stopped:
        failure = f"more than {GIVEN_UP:g} s in {stopped}"
    except BaseException as escaped:
        failure = f"{type(escaped).__name__} escapes"
    seconds = time.process_time() - started
    if seconds > LONG:
        gc.collect()  # a command has a process of its own, and leaves nothing to the next one
    if code == 70:
        failure = _reason(error.getvalue())
    return code, failure, seconds


def _reason(written: str) -> str:
    """Of what `--debug` shows, the exception and the function of ours that it comes from."""
    summaries = re.findall(r"internal error: (.*)", written)
    if not summaries or summaries[-1].startswith("FormatterBug"):
        return summaries[-1] if summaries else written.strip()[:200]
    frames = [
        found for found in _FRAME.finditer(written) if re.search("archdsl/|tests/", found["file"])
    ]
    at = f" in {Path(frames[-1]['file']).name}:{frames[-1]['function']}" if frames else ""
    return summaries[-1].partition(":")[0] + at


@contextmanager
def _limited() -> Iterator[None]:
    """Stop what takes too much CPU time."""

    def stop(number: int, frame: FrameType | None) -> None:
        at = frame.f_code if frame else None
        raise TooSlow(f"{Path(at.co_filename).name}:{at.co_name}" if at else "")

    earlier = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, GIVEN_UP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)
