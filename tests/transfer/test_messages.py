"""Every message about plans in full."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl import driver
from archdsl.diagnostics import render
from archdsl.elaborate.mistakes import Mistake
from tests.golden import check_golden
from tests.transfer.cases import FAMILIES, NETWORK, Case
from tests.transfer.plans import checked

TRANSFER = Path(__file__).parents[2] / "archdsl" / "transfer"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in messages are relative."""
    monkeypatch.chdir(tmp_path)


def plan(case: Case) -> str:
    body = "".join(f"  {line}\n" for line in case.body.split("\n") if line)
    return f"{case.more}transfer T of {case.of} {{\n{body}}}\n"


def run(case: Case) -> driver.Checked:
    return checked(Path(), NETWORK + plan(case))


def shown(case: Case) -> str:
    found = run(case).diagnostics
    assert found, f"{case.title}: nothing is reported"
    reports = "\n\n".join(render(diagnostic) for diagnostic in found)
    return f"=== {case.title}\n{plan(case)}---\n{reports}\n"


@pytest.mark.parametrize("family", FAMILIES)
def test_messages(family: str) -> None:
    head = f"{NETWORK}\n\n" if family == "paths" else ""
    check_golden(f"transfer/{family}.txt", head + "\n\n".join(map(shown, FAMILIES[family])))


@pytest.mark.parametrize("family", FAMILIES)
def test_form(family: str) -> None:
    """One sentence without a full stop, and nothing of Python in it."""
    for case in FAMILIES[family]:
        found = run(case)
        assert not found.plans or case.title == "a plan of a plan"
        for one in found.diagnostics:
            assert one.severity == "error"
            for text in (one.message, one.help or ""):
                assert not text.endswith(".") and text.isprintable(), text
                assert not any(word in text for word in ("NoneType", "<archdsl", "Traceback"))


def sites() -> Iterator[tuple[str, int]]:
    """Where a `Mistake` is made."""
    for file in sorted(TRANSFER.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Mistake":
                yield file.name, node.lineno


def test_every_message_has_a_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reached: set[tuple[str, int]] = set()
    make = Mistake.__init__

    def making(self: Mistake, *args: object, **named: object) -> None:
        frame = sys._getframe(1)
        reached.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
        make(self, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Mistake, "__init__", making)
    for cases in FAMILIES.values():
        for case in cases:
            run(case)
    outside = 'weights("../w.pt")\ntrain(rest)'
    run(Case("a file outside of the project", outside))
    assert " ".join(f"{name}:{line}" for name, line in sites() if (name, line) not in reached) == ""
