"""The pages of the errors that ops give: their examples trigger exactly that error, or nothing."""

import re
from pathlib import Path

import pytest

from archdsl.cli import main

PAGES = sorted(Path(__file__).parents[2].joinpath("archdsl", "pages").glob("E30[3-9].md"))


def blocks(page: Path) -> dict[str, str]:
    """The code block of each section."""
    found = re.findall(
        r"^## (\w+)\n+```arch\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    title, *_ = page.read_text("utf-8").split("\n")
    assert re.fullmatch(rf"# {page.stem} [a-z-]+", title)
    for section, expected in (("Example", [page.stem]), ("Instead", [])):
        file = tmp_path / f"{section.lower()}.arch"
        file.write_text(blocks(page)[section], "utf-8")
        code = main(["check", str(file)])
        codes = re.findall(r"(?:error|warning|note) ([A-Z]\d{3}):", capsys.readouterr().err)
        assert (codes, code) == (expected, int(bool(expected)))


def test_all_pages_are_there() -> None:
    assert [page.stem for page in PAGES] == [f"E30{number}" for number in range(3, 10)]
