"""The command line in an empty folder beside the networks of this one."""

import shutil
from pathlib import Path

import pytest

from tests.checkpoints.packages import HERE
from tests.cli.commands import Commands


@pytest.fixture
def archdsl(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Commands:
    """Run a command; paths in its output are relative, so that goldens hold anywhere."""
    for spec in HERE.glob("*.arch"):
        shutil.copy(spec, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return Commands(capsys, tmp_path)
