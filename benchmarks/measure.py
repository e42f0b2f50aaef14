"""Taking turns, and the table of results."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias


def seconds(value: float) -> str:
    """``12.3 ms``."""
    if value < 0.0995:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s"


def megabytes(value: float) -> str:
    """``12.3 MB``."""
    return f"{value / 1e6:,.1f} MB"


Unit: TypeAlias = Callable[[float], str]
Stopwatch: TypeAlias = Callable[[Callable[[], object]], float]
"""Runs a contestant, and tells the seconds that it took."""


class Result(NamedTuple):
    """One line of the table.

    Attributes:
        times: medians of both contestants, or their memory.
        ratios: of the rounds: by how many times the first contestant is slower than the second
            (or faster, as `claim` says).
        goal: as text.
        met: whether the median meets it; None for a line without a goal.
        unit: how `times` are shown.
    """

    claim: str
    times: tuple[float, float]
    ratios: tuple[float, ...]
    goal: str
    met: bool | None
    unit: Unit

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)


def turns(
    contestants: Sequence[Callable[[], object]],
    rounds: int,
    warm_up: int = 1,
    clock: Callable[[], float] = time.process_time,
) -> list[list[float]]:
    """Seconds of each contestant in each round.

    The clock counts this process's processor time, which other programs hardly disturb; what
    runs in processes of its own needs `time.perf_counter`.
    """
    return turns_by(by_clock(clock), contestants, rounds, warm_up)


def turns_by(
    stopwatch: Stopwatch,
    contestants: Sequence[Callable[[], object]],
    rounds: int,
    warm_up: int = 1,
) -> list[list[float]]:
    """Seconds of each contestant in each round; the order is turned around every other round."""
    times: list[list[float]] = [[] for _ in contestants]
    order = list(range(len(contestants)))
    for number in range(warm_up + rounds):
        for index in order:
            gc.collect()
            taken = stopwatch(contestants[index])
            if number >= warm_up:
                times[index].append(taken)
        order.reverse()
    return times


def by_clock(clock: Callable[[], float]) -> Stopwatch:
    """The stopwatch for what has been done when a call returns."""

    def stopwatch(contestant: Callable[[], object]) -> float:
        start = clock()
        contestant()
        return clock() - start

    return stopwatch


def cuda_seconds(contestant: Callable[[], object]) -> float:
    """The stopwatch for the current CUDA device, whose work goes on when a call has returned: from
    before the first of it, with the device idle, until the last of it is done.
    """
    import torch

    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    start.record()
    contestant()
    end.record()
    end.synchronize()
    milliseconds: float = start.elapsed_time(end)
    return milliseconds / 1000


def slower(
    claim: str, ours: list[float], theirs: list[float], most: float, unit: Unit = seconds
) -> Result:
    """A result whose goal is that we take at most so many times as long, or as much memory."""
    ratios = tuple(a / b for a, b in zip(ours, theirs, strict=True))
    met = statistics.median(ratios) <= most
    return Result(claim, _medians(ours, theirs), ratios, f"at most {most:g}", met, unit)


def faster(claim: str, ours: list[float], theirs: list[float], least: float) -> Result:
    """A result whose goal is that we are at least so many times faster."""
    ratios = tuple(b / a for a, b in zip(ours, theirs, strict=True))
    met = statistics.median(ratios) >= least
    return Result(claim, _medians(ours, theirs), ratios, f"at least {least:g}", met, seconds)


def compared(claim: str, ours: list[float], theirs: list[float], unit: Unit = seconds) -> Result:
    """By how many times we are faster, or take less memory, without a goal."""
    ratios = tuple(b / a for a, b in zip(ours, theirs, strict=True))
    return Result(claim, _medians(ours, theirs), ratios, "", None, unit)


def equal(
    claim: str,
    ours: list[float],
    theirs: list[float],
    low: float,
    high: float,
    unit: Unit = seconds,
) -> Result:
    """A result whose goal is that we take as long, or as much memory."""
    ratios = tuple(a / b for a, b in zip(ours, theirs, strict=True))
    met = low <= statistics.median(ratios) <= high
    return Result(claim, _medians(ours, theirs), ratios, f"{low:g} to {high:g}", met, unit)


def _medians(ours: list[float], theirs: list[float]) -> tuple[float, float]:
    return statistics.median(ours), statistics.median(theirs)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def results_table(results: Sequence[Result]) -> str:
    """The ratios with their goals."""
    rows = [
        (
            result.claim,
            result.unit(result.times[0]),
            result.unit(result.times[1]),
            f"{result.median:.2f}",
            f"{min(result.ratios):.2f}",
            f"{max(result.ratios):.2f}",
            result.goal,
            verdict(result.met),
        )
        for result in results
    ]
    header = ("", "ours", "theirs", "ratio", "min", "max", "goal", "")
    return table([header, *rows])


def verdict(met: bool | None) -> str:
    return "" if met is None else "met" if met else "MISSED"
