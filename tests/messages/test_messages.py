"""Every message of the elaborator in full: golden files that read as a book of mistakes."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl.diagnostics import render
from archdsl.elaborate import Elaborator
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.session import Session
from archdsl.source import Source
from archdsl.syntax import parse_value
from tests.elaborate.programs import check
from tests.golden import check_golden
from tests.messages.case import Case
from tests.messages.cases import FAMILIES

ELABORATE = Path(__file__).parents[2] / "archdsl" / "elaborate"


def shown(case: Case) -> str:
    """A case as its golden file has it: the program, and what is reported about it."""
    outcome = check(case.text, case.files, case.sizes)
    assert outcome.diagnostics, f"{case.title}: nothing is reported"
    files = {"net.arch": case.text, **(case.files if len(case.files) < 5 else {})}
    text = case.text if len(case.text) < 2000 else "(a long file)\n"
    files["net.arch"] = text
    programs = "".join(
        f"--- {name}\n{content}" if len(files) > 1 else content for name, content in files.items()
    )
    reports = "\n\n".join(render(diagnostic) for diagnostic in outcome.diagnostics)
    return f"=== {case.title}\n{programs}---\n{reports}\n"


@pytest.mark.parametrize("family", FAMILIES)
def test_messages(family: str) -> None:
    check_golden(f"messages/{family}.txt", "\n\n".join(map(shown, FAMILIES[family])))


def sites() -> Iterator[tuple[str, int]]:
    """Where the elaborator makes a `Mistake` or stops at a limit."""
    for file in sorted(ELABORATE.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            made = isinstance(node.func, ast.Name) and node.func.id == "Mistake"
            stopped = isinstance(node.func, ast.Attribute) and node.func.attr == "stop"
            if made or stopped:
                yield file.name, node.lineno


def test_every_message_has_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: set[tuple[str, int]] = set()
    make, stop = Mistake.__init__, Session.stop

    def site() -> tuple[str, int]:
        frame = sys._getframe(2)
        return Path(frame.f_code.co_filename).name, frame.f_lineno

    def making(self: Mistake, *args: object, **named: object) -> None:
        reached.add(site())
        make(self, *args, **named)  # type: ignore[arg-type]

    def stopping(self: Session, *args: object) -> object:
        reached.add(site())
        return stop(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Mistake, "__init__", making)
    monkeypatch.setattr(Session, "stop", stopping)
    for cases in FAMILIES.values():
        for case in cases:
            check(case.text, case.files, case.sizes)
    _evaluate_too_long()
    assert " ".join(f"{name}:{line}" for name, line in sites() if (name, line) not in reached) == ""


def _evaluate_too_long() -> None:
    """An argument from outside the file, as of `--set`, stops at the limits as well."""
    elaborator = Elaborator(Source("net.arch", ""), "/project/net.arch", lambda path, shown: "")
    expr, _ = parse_value("[i for i in range(1_000_000)]", "--set widths")
    assert expr is not None
    with pytest.raises(Mistake, match="too much work"):
        elaborator.evaluate(expr)


@pytest.mark.parametrize("family", FAMILIES)
def test_form(family: str) -> None:
    """Messages are one sentence without a full stop, and nothing of Python shows in them."""
    for case in FAMILIES[family]:
        for found in check(case.text, case.files, case.sizes).diagnostics:
            for text in (found.message, found.help or ""):
                assert not text.endswith(".") or text.endswith("..."), text
                assert not any(word in text for word in ("NoneType", "<archdsl", "Traceback")), text
            assert "\n" not in found.message
