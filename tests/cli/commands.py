"""Running the command line from tests."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest

from archdsl.cli import main

ROOT = Path(__file__).parent.parent.parent


class Result(NamedTuple):
    """What a run left: the exit code and both streams."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        """As a golden file shows it."""
        parts = [self.out, f"--- stderr\n{self.err}" if self.err else "", f"--- exit {self.code}\n"]
        return "".join(part if part.endswith("\n") or not part else part + "\n" for part in parts)


class Commands:
    """Runs commands in this process, from a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder

    def __call__(self, *words: str) -> Result:
        self._capsys.readouterr()
        try:
            code = main(list(words))
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self._capsys.readouterr()
        return Result(code, out, err)

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def process(*words: str, cwd: Path, **settings: object) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "archdsl", *words],
        cwd=cwd,
        env=environment(),
        text=True,
        **settings,  # type: ignore[call-overload]
    )


def environment() -> dict[str, str]:
    """That of a process with this archdsl, which measures its coverage where this one does."""
    found = {**os.environ, "PYTHONPATH": str(ROOT)}
    measuring = coverage.Coverage.current()
    if measuring is not None:
        config = measuring.config.copy()
        config.patch = ["_exit"]  # so the program ends: it would not write down what it reached
        found["COVERAGE_PROCESS_CONFIG"] = config.serialize()
    return found
