"""What was found: a line a network, printed at once."""

import gc
import json
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import Result, results_table


class Finding(NamedTuple):
    """Something that was looked at: whether it is as it should be, and in words."""

    ok: bool
    text: str


class Row(NamedTuple):
    """A network in one of the parts.

    Attributes:
        figures: numbers by name, for programs.
    """

    part: str
    network: str
    ok: bool
    text: str
    figures: Mapping[str, float]


class Report:
    """All lines so far."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._start = time.monotonic()

    @property
    def ok(self) -> bool:
        return all(row.ok for row in self.rows)

    def add(self, part: str, network: str, findings: list[Finding], **figures: float) -> None:
        """One line; what is not as it should be comes first in it."""
        wrong = [f"NOT {finding.text}" for finding in findings if not finding.ok]
        right = [finding.text for finding in findings if finding.ok]
        self._print(Row(part, network, not wrong, "; ".join([*wrong, *right]), figures))

    def add_results(self, part: str, network: str, results: Sequence[Result]) -> None:
        """A table; a row for each of its lines."""
        if not results:
            return
        print(f"\n{results_table(results)}", flush=True)
        for result in results:
            figures = {
                "ours": result.times[0],
                "theirs": result.times[1],
                "ratio": result.median,
                "least": min(result.ratios),
                "most": max(result.ratios),
            }
            self.rows.append(Row(part, network, result.met is not False, result.claim, figures))

    @contextmanager
    def guarded(self, part: str, network: str) -> Iterator[None]:
        """Makes a line of an exception, and lets what follows go on."""
        try:
            yield
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = (str(error).strip() or "no message").split("\n")[0]
            where = f"{Path(place.filename).name}:{place.lineno}"
            text = f"{type(error).__name__} at {where}: {reason}"
            self._print(Row(part, network, False, text, {}))
            traceback.print_exc()
        # What a failed step held must not be missing in the next one.
        gc.collect()

    def _print(self, row: Row) -> None:
        self.rows.append(row)
        verdict = "ok" if row.ok else "FAILED"
        seconds = time.monotonic() - self._start
        line = f"{seconds:4.0f} s  {row.part:<10}{row.network:<18}{verdict:<8}{row.text}"
        print(line, flush=True)

    def write(self, path: Path) -> None:
        """All rows, as JSON."""
        rows = [row._asdict() for row in self.rows]
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")

    def read(self, path: Path) -> None:
        """Rows that another process has printed and written."""
        self.rows += [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
