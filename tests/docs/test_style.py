"""Examples in the documentation are in the style of `archdsl fmt`."""

from pathlib import Path
from textwrap import indent

import pytest

from archdsl.source import Source
from archdsl.syntax.formatting import format_source
from tests.docs.examples import ROOT
from tests.docs.markdown import Fence, fences

DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "archdsl" / "pages").glob("*.md")),
]
VERSION = "arch 1\n\n"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_examples_are_in_the_style(path: Path) -> None:
    for fence in fences(path.read_text(encoding="utf-8")):
        if fence.language == "arch":
            text = _whole(fence)
            shown = format_source(Source(f"{path.name}:{fence.line}", text)).text
            if shown is None:
                continue  # a page shows the error
            if "untidy" not in fence.words:
                assert shown.removeprefix(VERSION) == text.removeprefix(VERSION), path
            assert format_source(Source("again", shown)).text == shown


def _whole(fence: Fence) -> str:
    """An example as a file: statements in a network."""
    if fence.option("inside"):
        return f"network Example {{\n{fence.text}}}\n"
    if "body" in fence.words:
        return f"network Example {{\n{indent(fence.text, '  ')}}}\n"
    return fence.text
