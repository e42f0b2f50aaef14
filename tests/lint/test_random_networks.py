"""Rules on random networks: none fails, and fixes mend without breaking anything."""

from collections import Counter
from pathlib import Path

import pytest

from archdsl import driver
from archdsl.diagnostics import Diagnostic
from archdsl.lint.catalogue import selected
from tests.differential.choices import from_seed
from tests.differential.networks import network
from tests.lint.linting import mended

FACTS = ("", "batch(size=1)", 'loss("cross_entropy")', 'loss("bce_with_logits")')
PART = 40


def linted(text: str) -> tuple[Diagnostic, ...]:
    Path("net.arch").write_text(text, encoding="utf-8")
    return driver.lint("net.arch", selected(["P"])).diagnostics


def keys(text: str) -> list[str]:
    """State-dict keys of what is trained."""
    Path("net.arch").write_text(text, encoding="utf-8")
    (graph,) = driver.check("net.arch").graphs
    return [key for key, weight in graph.weights() if weight.trainable]


@pytest.mark.parametrize("first", range(0, 4 * PART, PART))
def test_fixes(first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fix silences one finding of its rule, brings none of another, and keeps all other keys."""
    monkeypatch.chdir(tmp_path)
    fixes = 0
    for seed in range(first, first + PART):
        text = network(from_seed(seed)).text()
        head, network_, body = text.partition("network Net {\n")
        text = f"{head}{network_}  {FACTS[seed % len(FACTS)]}\n{body}"
        found = linted(text)
        before = Counter(one.code for one in found)
        for one in found:
            if one.fix is None:
                continue
            fixes += 1
            better = mended(text, one.fix)
            after = Counter(left.code for left in linted(better))
            assert after[one.code] < before[one.code] and after <= before, f"{one}\n{text}"
            had, has = keys(text), keys(better)
            lost = set(had) - set(has)
            assert has == [key for key in had if key not in lost]
            assert not lost or (one.code == "P108" and all(key.endswith("bias") for key in lost))
    assert fixes > PART / 2
