"""Networks on which the linter is measured: some with one planted pitfall each, and good ones.

`planted/CODE.arch` holds networks with a pitfall for that rule, each linted as a file of its own.
A line `# === title` begins one, a line `# file blocks.arch` in it a file beside it. A comment at
the end of a line, or alone above it, says what must be found there: `# expect: P108` the pitfall,
and `# note: D207` a note that the network cannot be written without. Nothing else may be found.

`good/*.arch` holds networks and plans from papers, in which nothing but notes may be found. Those
that are true stand in a golden file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from archdsl import driver
from archdsl.diagnostics import Diagnostic
from archdsl.lint.catalogue import RULES, selected

HERE = Path(__file__).parent
_TITLE = re.compile(r"^# === (.+)\n", re.MULTILINE)
_FILE = re.compile(r"^# file (\w+\.arch)\n", re.MULTILINE)
_MARK = re.compile(r"# (expect|note): (\w\d{3})$")
_NETWORK = re.compile(r"^network (\w+)")


class Mark(NamedTuple):
    """A finding: the file that it stands in, its line there, and its code."""

    file: str
    line: int
    code: str


class Planted(NamedTuple):
    """A network with one pitfall.

    Attributes:
        code: the rule that must find it.
        title: what is special about it.
        files: the texts of `net.arch` and of the files beside it.
        pitfall: what must be found.
        notes: what is found besides, because the pitfall cannot be had without.
    """

    code: str
    title: str
    files: dict[str, str]
    pitfall: Mark
    notes: Counter[Mark]

    @property
    def expected(self) -> Counter[Mark]:
        """All that may be found."""
        return self.notes + Counter([self.pitfall])

    def found(self) -> Counter[Mark]:
        """What the linter finds: the default rules, and this one."""
        rules = [rule for rule in RULES.values() if rule.default or rule.code == self.code]
        with TemporaryDirectory() as folder:
            for name, text in self.files.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            linted = driver.lint(str(Path(folder, "net.arch")), rules)
        return Counter(
            Mark(Path(one.span.source.name).name, one.span.line, one.code)
            for one in linted.diagnostics
        )


@cache
def planted() -> tuple[Planted, ...]:
    """All networks with a planted pitfall, in the order of the files."""
    return tuple(
        case
        for path in sorted((HERE / "planted").glob("*.arch"))
        for case in _cases(path.stem, path.read_text(encoding="utf-8"))
    )


def _cases(code: str, text: str) -> Iterator[Planted]:
    _, *rest = _TITLE.split(text)
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        main, *others = _FILE.split(body)
        files = {"net.arch": main, **dict(zip(others[::2], others[1::2], strict=True))}
        marks = [
            (kind, Mark(name, line, marked))
            for name, content in files.items()
            for kind, line, marked in _marks(content)
        ]
        (pitfall,) = (mark for kind, mark in marks if kind == "expect")
        assert pitfall.code == code, f"{code}, {title}: expects {pitfall.code}"
        yield Planted(
            code, title, files, pitfall, Counter(m for kind, m in marks if kind == "note")
        )


def _marks(text: str) -> Iterator[tuple[str, int, str]]:
    """The marks of a text: kind, line and code each."""
    pending: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _MARK.search(line)
        if match is not None:
            pending.append((match[1], match[2]))
        if match is None or match.start() != len(line) - len(line.lstrip()):
            yield from ((kind, number, code) for kind, code in pending)
            pending.clear()


# --- good networks --------------------------------------------------------------------------------


class Alarm(NamedTuple):
    """Something found in a good network or plan, or in a block."""

    file: str
    place: str
    diagnostic: Diagnostic

    def __str__(self) -> str:
        return f"{self.file} {self.place}: {self.diagnostic.code} {self.diagnostic.message}"


def good_files() -> list[Path]:
    return sorted((HERE / "good").glob("*.arch"))


def networks(path: Path) -> list[str]:
    """The names of the networks of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [match[1] for line in lines if (match := _NETWORK.match(line))]


@cache
def alarms() -> tuple[Alarm, ...]:
    """What the default rules find in the good networks."""
    return tuple(
        Alarm(path.stem, _place(one), one)
        for path in good_files()
        for one in driver.lint(str(path), selected()).diagnostics
    )


def _place(diagnostic: Diagnostic) -> str:
    """The name of the network, block or plan that a finding stands in."""
    before = diagnostic.span.source.text[: diagnostic.span.end]
    return re.findall(r"^(?:network|block|transfer) (\w+)", before, re.MULTILINE)[-1]
