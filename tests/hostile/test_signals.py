"""Runs that are ended, and runs beside each other."""

import os
from pathlib import Path

import onnx
import pytest

from archdsl.cli import main
from tests.hostile import crash
from tests.hostile.crash import NET, forked, judge


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHDSL_CACHE_DIR", str(tmp_path / "cache"))


def test_runs_that_are_ended(tmp_path: Path) -> None:
    """Each command that writes, by each signal."""
    count = len(crash.CASES) * len(crash.SIGNALS)
    outcomes = judge(count, 1, 700, forked, tmp_path)
    assert sum(outcomes.values()) == 32


def ended(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def files(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


@pytest.mark.parametrize("options", [(), ("--external-data",)], ids=["one file", "two files"])
def test_compiles_to_one_folder_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """Twenty of them, each with other weights: the model of one of them is left, and its data."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.arch").write_text(NET.format(size=100))
    words = ["compile", "net.arch", "--to", "pytorch,onnx", *options]
    alone = []
    for seed in range(20):
        assert main([*words, "-o", f"alone{seed}", "--seed", str(seed)]) == 0
        alone.append(files(tmp_path / f"alone{seed}"))
    assert alone[0] != alone[1]
    processes = [forked([*words, "-o", "out", "--seed", str(seed)], tmp_path) for seed in range(20)]
    assert [ended(process) for process in processes] == 20 * [0]
    assert files(tmp_path / "out") in alone
    onnx.load(tmp_path / "out" / "net.onnx")
