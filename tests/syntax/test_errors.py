"""Every syntax error in full, what the parser reports after one, and that nothing makes it fail."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics import render
from archdsl.source import Source
from archdsl.syntax import ParseResult, parse, parse_value
from archdsl.syntax.codes import CODES
from archdsl.syntax.errors.recovery import MAX_ERRORS
from tests.golden import check_golden

HERE = Path(__file__).parent
CASES = dict(
    case.split("\n", 1)
    for case in (HERE / "mistakes.txt").read_text(encoding="utf-8").split("=== ")[1:]
)
CORPUS = (HERE / "corpus.arch").read_text(encoding="utf-8")


def run(text: str) -> ParseResult:
    return parse(Source("net.arch", text))


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in run(text).diagnostics]


def test_every_message_in_full() -> None:
    shown = [
        f"=== {title}\n{text}--- \n" + "\n".join(render(found) for found in run(text).diagnostics)
        for title, text in CASES.items()
    ]
    check_golden("syntax/mistakes.txt", "\n\n".join(shown) + "\n")


@pytest.mark.parametrize("title", CASES)
def test_the_mistake_is_recognised(title: str) -> None:
    found = codes(CASES[title])
    assert found
    if title.startswith("E"):
        assert found[0] == title[:4]
    assert run(CASES[title]).file is None


def test_every_code_of_the_parser_has_a_case() -> None:
    decoding = {"E401", "E402", "E403", "E404"}
    assert {title[:4] for title in CASES if title.startswith("E")} == set(CODES) - decoding


def test_messages_are_sentences_without_a_full_stop() -> None:
    for text in CASES.values():
        for found in run(text).diagnostics:
            assert not found.message.endswith("."), found
            assert found.code == "E101" or found.help, found


def test_a_fix_moves_the_first_error_beyond_its_place() -> None:
    fixes = 0
    for title, text in CASES.items():
        fix = run(text).diagnostics[0].fix
        if fix is None:
            continue
        fixes += 1
        (edit,) = fix.edits
        mended = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
        behind = edit.span.start + len(edit.replacement)
        assert all(found.span.start >= behind for found in run(mended).diagnostics), title
    assert fixes > 20


def test_at_most_so_many_errors() -> None:
    text = "network A {\n" + "conv(1 2)\n" * 100 + "}"
    assert len(codes(text)) == MAX_ERRORS


def test_one_mistake_in_each_statement_is_reported_each() -> None:
    lines = ["conv(1 2)", "let x", "if a = 1 { conv(1 2) }", "x: relu", "add = relu", "relu"]
    text = "network A {\n" + "\n".join(lines) + "\n}\n" + "block B(x) { }\n" * 2
    assert codes(text) == ["E102", "E120", "E124", "E103", "E123", "E135", "E135"]


WORDS = re.findall(r"\w+|\s+|.", CORPUS)
JUNK = [*"(){}[]\"'\\,;:=!&|?.#\n\r\0\t\ufeff\u2028é9", '"""', "->", "=>", "//", "5X", "1__0"]


@given(st.data())
def test_never_crashes_on_mutated_files(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(WORDS) - 1))
    words = WORDS[start : start + data.draw(st.integers(1, 300))]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words)))
        removed = data.draw(st.integers(0, 3))
        words[place : place + removed] = data.draw(st.lists(st.sampled_from(JUNK), max_size=3))
    text = "".join(words)
    result = run(text)
    assert (result.file is None) == bool(result.diagnostics)
    for found in result.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text) + 1
        assert render(found)


@given(st.text())
def test_never_crashes_on_any_text(text: str) -> None:
    run(text)
    parse_value(text, "--set x")
    run(f'network A {{ "{text}" = relu }}')


@given(st.text(st.sampled_from("ab1 .,:=+-*/<>|()[]{}\"\\\n#'"), max_size=40))
def test_never_crashes_on_signs(text: str) -> None:
    run(f"network A {{ {text} }}")


def test_a_missing_token_is_reported_near_its_place_and_hardly_echoes() -> None:
    """Without one token, the file is another valid one, or has an error on a line close by."""
    echoes = 0
    for token in re.finditer(r"\w+|->|[(){}\[\],=:]", CORPUS):
        text = CORPUS[: token.start()] + CORPUS[token.end() :]
        diagnostics = run(text).diagnostics
        line = text.count("\n", 0, token.start()) + 1
        if diagnostics and token[0] not in "{}":
            assert abs(diagnostics[0].span.line - line) <= 5, render(diagnostics[0])
        assert len(diagnostics) <= 3, [render(found) for found in diagnostics]
        echoes += len(diagnostics) > 1
    assert echoes <= 10


PAGES = HERE.parents[1] / "archdsl" / "pages"


@pytest.mark.parametrize("code", CODES)
def test_pages(code: str) -> None:
    """The example of a page has exactly that error, and what stands under "Instead" has none."""
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code} {CODES[code]}\n\n")
    assert re.findall("^## (.*)", page, re.MULTILINE) == ["Example", "Instead", "Why"]
    assert max(map(len, page.split("```")[0].split("\n"))) <= 110
    examples = re.findall(r"^```arch\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    if code in ("E401", "E402", "E403", "E404"):
        assert not examples  # they are about bytes
    else:
        bad, good = examples
        assert codes(bad) == [code]
        assert codes(good) == []
