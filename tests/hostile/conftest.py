"""The command line in a folder of its own, with a cache of its own."""

from pathlib import Path

import pytest

from tests.cli.commands import Commands


@pytest.fixture
def archdsl(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Commands:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ARCHDSL_CACHE_DIR", str(tmp_path / "cache"))
    # Thousands of runs and files, soon forgotten.
    monkeypatch.setattr("os.fsync", lambda handle: None)
    monkeypatch.setattr("gc.collect", lambda: 0)
    return Commands(capsys, folder)
