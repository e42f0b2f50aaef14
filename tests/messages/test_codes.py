"""Every code has a name and a page, and the examples on the pages do what the pages say."""

import re
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.codes import CODES

PACKAGE = Path(__file__).parents[2] / "archdsl"
PAGES = {page.stem: page.read_text("utf-8") for page in sorted((PACKAGE / "pages").glob("E*.md"))}
WITHOUT_EXAMPLE = {
    "E401": "bytes that are no text",
    "E402": "bytes that are no text",
    "E403": "a line ending that Markdown would not keep",
    "E404": "a file of more than 4 MiB",
    "E405": "hundreds of brackets",
    "E416": "hundreds of files",
    "E420": "a thousand errors",
    "E501": "a file of weights",
    "E507": "a file of weights",
    "E701": "a layer that compiles, but not to ONNX",
    "E702": "an op that compiles, but not to PyTorch",
}


def examples(page: str) -> dict[str, str]:
    """The code block of each section."""
    pattern = r"^## (\w+)\n+```arch\n(.*?)^```$"
    return dict(re.findall(pattern, page, re.MULTILINE | re.DOTALL))


def test_every_code_of_the_source_has_a_name() -> None:
    found: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        if file.name != "codes.py":
            found.update(re.findall(r'"(E\d{3})"', file.read_text("utf-8")))
    assert found <= set(CODES)
    # Codes of backends belong to what an installation has of them.
    assert {code for code in CODES if code < "E7"} <= found


def test_names_are_unique_and_in_kebab_case() -> None:
    assert len(set(CODES.values())) == len(CODES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in CODES.values())


def test_every_code_has_a_page() -> None:
    assert set(PAGES) == set(CODES)
    for code, page in PAGES.items():
        assert page.startswith(f"# {code} {CODES[code]}\n")


def test_pages_without_an_example() -> None:
    lacking = {code for code, page in PAGES.items() if "Example" not in examples(page)}
    assert lacking <= set(WITHOUT_EXAMPLE)


@pytest.mark.parametrize("code", [code for code in CODES if "Example" in examples(PAGES[code])])
def test_example(code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sections = examples(PAGES[code])
    for section, expected in (("Example", [code]), ("Instead", [])):
        file = tmp_path / f"{section.lower()}.arch"
        file.write_text(sections[section], "utf-8")
        status = main(["check", str(file)])
        printed = capsys.readouterr().err
        found = re.findall(r"(?:error|warning|note) ([A-Z]\d{3}):", printed)
        assert (found, status) == (expected, int(bool(expected))), printed
