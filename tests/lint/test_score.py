"""The linter finds every planted pitfall, at its line, and nothing else in either corpus."""

import re

import pytest

from archdsl.lint.catalogue import RULES
from tests.golden import check_golden
from tests.lint import corpus, score

LEAST_NETWORKS = 100
LEAST_PLANTED = 3
DOC = re.compile(r"^network (\w+)[^\n]*\{[^\n]*\n  \"(.*?)\"$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.code} {case.title}") for case in corpus.planted()]
)
def test_planted(case: corpus.Planted) -> None:
    assert case.found() == case.expected


def test_every_rule_has_planted_pitfalls() -> None:
    counts = {code: one.planted for code, one in score.measured().scores.items()}
    assert [code for code in RULES if counts[code] < LEAST_PLANTED] == []


def test_good_networks_have_no_warnings() -> None:
    warnings = [str(one) for one in corpus.alarms() if one.diagnostic.severity != "note"]
    assert not warnings, "\n".join(warnings)


def test_notes_in_good_networks_are_true() -> None:
    """Whoever changes this golden file has read each line, and found it true of its network."""
    notes = [f"{one}\n" for one in corpus.alarms() if one.diagnostic.severity == "note"]
    check_golden(score.TRUE_NOTES, "".join(notes))


def test_good_networks_name_their_papers() -> None:
    named = {
        (path.stem, name)
        for path in corpus.good_files()
        for name, text in DOC.findall(path.read_text(encoding="utf-8"))
        if re.search(r"\b(19|20)\d\d\b", text)
    }
    every = [(path.stem, name) for path in corpus.good_files() for name in corpus.networks(path)]
    assert [one for one in every if one not in named] == []
    assert len(set(every)) == len(every) >= LEAST_NETWORKS


def test_score(capsys: pytest.CaptureFixture[str]) -> None:
    assert score.main() == 0
    assert re.search(r"^total +(\d+) +\1 +100% +0 +\d+ +100%$", capsys.readouterr().out, re.M)


def test_a_missed_pitfall_and_a_false_alarm_show() -> None:
    half = score.Score(planted=4, found=2, false_alarms=2, true_notes=0)
    assert (half.recall, half.precision) == (0.5, 0.5)
    assert score.total({"a": half, "b": score.Score(1, 1, 0, 3)}) == score.Score(5, 3, 2, 3)
