"""The command line in an empty folder beside links to the shipped networks."""

from pathlib import Path

import pytest

from tests.cli.commands import ROOT, Commands


@pytest.fixture
def archdsl(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Commands:
    """Run a command; paths in its output are relative, so that goldens hold anywhere."""
    for spec in (ROOT / "specs").glob("*.arch"):
        (tmp_path / spec.name).write_bytes(spec.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return Commands(capsys, tmp_path)
