"""No false alarms: the networks that ship are clean, but for what their comments say."""

from pathlib import Path

import pytest

from archdsl import driver
from archdsl.diagnostics import render
from archdsl.lint.catalogue import RULES, selected

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "specs").glob("*.arch"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_landmarks_have_no_warnings(path: Path) -> None:
    found = driver.lint(str(path), selected()).diagnostics
    warnings = [render(one) for one in found if one.severity != "note"]
    assert not warnings, "\n\n".join(warnings)


def test_default_rules() -> None:
    assert [rule.code for rule in selected()] == [
        rule.code for rule in RULES.values() if rule.default
    ]
