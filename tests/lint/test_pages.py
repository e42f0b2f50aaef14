"""Every rule has its page, and the examples on it do what they say."""

import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from archdsl import driver
from archdsl.diagnostics import Diagnostic, render
from archdsl.lint.catalogue import RULES
from tests.golden import check_golden

SECTIONS = ("## Example", "## Instead", "## Why", "## When to ignore it")
_BLOCK = re.compile(r"^```arch(?: findings=(\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A block of a page: its text, and how many findings of its rule it has."""

    text: str
    findings: int


def page(code: str) -> str:
    """The docstring of a rule's module."""
    text = import_module(RULES[code].module).__doc__
    assert text is not None
    return text


def examples(code: str) -> list[Example]:
    return [Example(text, int(count or 0)) for count, text in _BLOCK.findall(page(code))]


def findings(code: str, text: str) -> tuple[Diagnostic, ...]:
    """What the linter says of a text: this rule and all default ones, but for the one that says of
    every weights file of an example that it is not here.
    """
    Path("net.arch").write_text(text, encoding="utf-8")
    rules = [
        rule
        for rule in RULES.values()
        if (rule.default and rule.name != "weights-not-here") or rule.code == code
    ]
    return driver.lint("net.arch", rules).diagnostics


@pytest.mark.parametrize("code", RULES)
def test_pages_are_whole(code: str) -> None:
    text = page(code)
    places = [text.find(section) for section in SECTIONS]
    assert -1 not in places and places == sorted(places)
    counts = [example.findings for example in examples(code)]
    assert any(counts) and not all(counts)


@pytest.mark.parametrize("code", RULES)
def test_examples_do_what_they_say(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marked number of findings of this rule, and none of another one."""
    monkeypatch.chdir(tmp_path)
    for example in examples(code):
        found = findings(code, example.text)
        assert [one.code for one in found] == [code] * example.findings, example.text


@pytest.mark.parametrize("code", RULES)
def test_messages_and_fixes(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The full text of every finding on the page; a fix silences it and leaves all else alone."""
    monkeypatch.chdir(tmp_path)
    shown = []
    for example in examples(code):
        found = findings(code, example.text)
        shown += [render(one) for one in found]
        for one in found:
            if one.fix is None:
                continue
            mended = example.text
            for edit in sorted(one.fix.edits, key=lambda edit: -edit.span.start):
                mended = mended[: edit.span.start] + edit.replacement + mended[edit.span.end :]
            shown.append(f"fix: {one.fix.title}\n{mended}")
            assert len(findings(code, mended)) == len(found) - 1, mended
    check_golden(f"lint/{code}.txt", "\n\n".join(shown) + "\n")
