"""Every example, command, link and generated table of the documentation is up to date.

`make golden` rewrites outputs, excerpts and tables in place.
"""

import difflib
import os
import re
from pathlib import Path

import pytest

from tests.docs.examples import ROOT, Document
from tests.docs.generated import SECTIONS
from tests.docs.markdown import (
    Fence,
    anchors,
    fences,
    links,
    section_names,
    with_section,
    with_texts,
)

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REWRITE = os.environ.get("ARCHDSL_GOLDEN") == "1"

documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


@documents
def test_document_is_up_to_date(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples run and print what is shown; generated sections agree with their origin."""
    monkeypatch.chdir(tmp_path)
    markdown = path.read_text(encoding="utf-8")
    document = Document(tmp_path)
    texts: dict[Fence, str] = {}
    failures = []
    for fence in fences(markdown):
        try:
            texts[fence] = document.rerun(fence)
        except Exception as error:
            failures.append(f"{path.name}:{fence.line}: {type(error).__name__}: {error}")
    fresh = with_texts(markdown, texts)
    for name in section_names(markdown):
        fresh = with_section(fresh, name, SECTIONS[name]())
    if REWRITE:
        path.write_text(fresh, encoding="utf-8")
    elif fresh != markdown:
        failures.append(_difference(markdown, fresh))
    assert not failures, "\n\n".join(failures)


@documents
def test_links_lead_somewhere(path: Path) -> None:
    """Files, and headings in them."""
    for link in links(path.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.name} links to {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


@documents
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"\bmake ([a-z-]+)\b(?=`|\s+#)", path.read_text(encoding="utf-8")))
    assert named <= targets


def test_every_code_has_a_page() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "archdsl").rglob("*.py")]
    codes = {code for text in sources for code in re.findall(r'"(E\d{3})"', text)}
    pages = {page.stem for page in (ROOT / "archdsl" / "pages").glob("*.md")}
    assert codes == pages


def _difference(shown: str, fresh: str) -> str:
    lines = difflib.unified_diff(
        shown.splitlines(), fresh.splitlines(), "shown", "found", n=1, lineterm=""
    )
    return "\n".join(lines)
