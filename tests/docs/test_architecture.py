"""The table of parts in docs/architecture.md says what tests/test_layering.py enforces."""

import re

from tests.docs.examples import ROOT
from tests.test_layering import MAY_IMPORT, PACKAGE, part_of

_ROW = re.compile(r"^\| `(?P<part>\w+)` \| .+ \|(?P<imports>[^|]*)\|$", re.M)


def test_table_of_parts() -> None:
    document = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = document.partition("## Who owns what")[2].partition("\n## ")[0]
    shown = {
        row["part"]: set(re.findall(r"`(\w+)`", row["imports"])) for row in _ROW.finditer(section)
    }
    there = {part_of(file) for file in PACKAGE.rglob("*.py")}
    entry_points = {"__init__", "__main__"}
    assert shown == {
        part: {name for name in MAY_IMPORT[part] if name in there} for part in there - entry_points
    }
