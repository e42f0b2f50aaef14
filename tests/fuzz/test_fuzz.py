"""A few hundred inputs of the fuzzer, and those that once failed; `make fuzz-text` takes more."""

from pathlib import Path

import pytest

from tests.fuzz.corpus import corpus
from tests.fuzz.judging import judge
from tests.fuzz.mutations import drawn
from tests.fuzz.shrinking import shrunk

pytestmark = pytest.mark.no_cover  # random: what they reach is no promise

BATCHES = [range(first, first + 50) for first in range(0, 400, 50)]
FOUND = sorted((Path(__file__).parent / "found").glob("*.arch"))


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"from {seeds.start}")
def test_nothing_fails(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        found = judge(drawn(seed, corpus()), tmp_path, seed)
        # Time is for the fuzzer to judge, on a machine that does nothing else.
        assert not found.failure or found.failure.endswith(" s"), (seed, found)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_failed_once(path: Path, tmp_path: Path) -> None:
    for number in range(5):
        assert judge(path.read_bytes(), tmp_path, number).failure == ""


def test_a_seed_is_one_input() -> None:
    assert drawn(7, corpus()) == drawn(7, corpus()) != drawn(8, corpus())


def test_what_fails_is_made_small() -> None:
    text = "network N {\n  input x: image[3, 8, 8]\n  conv(8) -> relu\n  maxpool\n}\n" * 20
    small = shrunk(text.encode(), lambda data: b"maxpool" in data and b"8" in data)
    assert len(small) <= len("8maxpool")


def test_what_fails_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archdsl.syntax.printer import layout

    def broken(items: object) -> str:
        raise RecursionError

    monkeypatch.setattr(layout._Layout, "text", broken)
    found = judge(b"let a = 1\n", tmp_path)
    assert found.failure == "fmt: RecursionError in test_fuzz.py:broken"
