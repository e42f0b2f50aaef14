"""How good the linter is, in numbers: `python -m tests.lint.score`, or `make lint-score`.

For each rule: of the pitfalls that were planted for it, how many it finds at their lines; and its
false alarms, which are findings in good networks and those that no pitfall was planted for. A note
in a good network is no false alarm where the list of true ones has it.
"""

import sys
from collections import Counter
from functools import cache
from typing import NamedTuple

from archdsl.lint.catalogue import RULES
from tests import golden
from tests.lint import corpus

TRUE_NOTES = "lint/true_notes.txt"
"""The golden file of what the rules note in good networks: each line must be true."""


class Score(NamedTuple):
    """What one rule finds, or all of them do.

    Attributes:
        planted: pitfalls that it should find.
        found: those that it finds, at their lines.
        false_alarms: findings besides those, and besides true notes.
        true_notes: notes in good networks.
    """

    planted: int
    found: int
    false_alarms: int
    true_notes: int

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        right = self.found + self.true_notes
        return right / (right + self.false_alarms) if right + self.false_alarms else 1.0


class Measured(NamedTuple):
    """The score of every rule, and what keeps it from being full, a line each."""

    scores: dict[str, Score]
    faults: list[str]


@cache
def measured() -> Measured:
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    false: Counter[str] = Counter()
    true: Counter[str] = Counter()
    faults = []
    for case in corpus.planted():
        marks = case.found()
        planted[case.code] += 1
        if case.pitfall in marks:
            found[case.code] += 1
        else:
            faults.append(f"missed: {case.code}, {case.title}")
        for mark in (marks - case.expected).elements():
            false[mark.code] += 1
            faults.append(
                f"unexpected: {mark.code} at line {mark.line} of {case.code}, {case.title}"
            )
    known = Counter((golden.FOLDER / TRUE_NOTES).read_text(encoding="utf-8").splitlines())
    for alarm in corpus.alarms():
        if alarm.diagnostic.severity == "note" and known[str(alarm)] > 0:
            known[str(alarm)] -= 1
            true[alarm.diagnostic.code] += 1
        else:
            false[alarm.diagnostic.code] += 1
            faults.append(f"unexpected: {alarm}")
    codes = dict.fromkeys([*RULES, *false])
    each = {code: Score(planted[code], found[code], false[code], true[code]) for code in codes}
    return Measured(each, faults)


def total(of: dict[str, Score]) -> Score:
    return Score(*map(sum, zip(*of.values(), strict=True)))


def table(of: dict[str, Score]) -> str:
    """The scores as a table, with the total below."""
    heads = ("planted", "found", "recall", "false alarms", "true notes", "precision")
    rows = [("rule", *heads)]
    for code, score in (*of.items(), ("total", total(of))):
        name = f"{code} {RULES[code].name}" if code in RULES else code
        rows.append(
            (
                name,
                str(score.planted),
                str(score.found),
                f"{score.recall:.0%}",
                str(score.false_alarms),
                str(score.true_notes),
                f"{score.precision:.0%}",
            )
        )
    width = max(len(row[0]) for row in rows)
    lines = [
        row[0].ljust(width)
        + "".join(cell.rjust(len(head) + 2) for head, cell in zip(heads, row[1:], strict=True))
        for row in rows
    ]
    rule = "-" * len(lines[0])
    return "\n".join((lines[0], rule, *lines[1:-1], rule, lines[-1]))


def main() -> int:
    """Print the table; 1 where a pitfall is missed or anything is found that should not be."""
    found = measured()
    good = sum(len(corpus.networks(path)) for path in corpus.good_files())
    sys.stdout.write(f"{table(found.scores)}\n\n{good} good networks\n")
    sys.stdout.writelines(f"{fault}\n" for fault in found.faults)
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
