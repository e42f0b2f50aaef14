"""The linter in an empty folder, with a cache of its own."""

from pathlib import Path

import pytest

from tests.cli.commands import Commands


@pytest.fixture
def archdsl(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Commands:
    """Run a command; paths in its output are relative, so that goldens hold anywhere."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ARCHDSL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    return Commands(capsys, folder)
