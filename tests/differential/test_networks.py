"""Random networks over every op: analysis, PyTorch module and ONNX model against PyTorch."""

from collections import Counter

import pytest
import torch
from hypothesis import HealthCheck, given, note, settings

from archdsl.ops import names
from tests.differential.choices import Choices, choices, from_seed, recorded, replayed, shrunk
from tests.differential.networks import MOST_LAYERS, network
from tests.differential.operations import OPERATIONS
from tests.differential.oracle import judge
from tests.differential.programs import Network
from tests.differential.running import Disagreement, compiled

pytestmark = pytest.mark.no_cover  # random: what they reach is no promise

PART = 150
DRAWN = 300
MOST_DISCARDED = 0.05
MOST_DULL = 0.25


@pytest.mark.parametrize("first", range(0, 2 * PART, PART))
def test_everything_agrees(first: int) -> None:
    """Fixed seeds; `make fuzz` judges many more."""
    torch.set_num_threads(1)
    found: Counter[str] = Counter()
    dull = 0
    for seed in range(first, first + PART):
        c = from_seed(seed)
        drawn = network(c)
        try:
            verdict = judge(drawn, c)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}\n{drawn.text()}") from error
        found[verdict.discarded or "compared"] += 1
        dull += verdict.dull
    assert found["compared"] >= (1 - 2 * MOST_DISCARDED) * PART, found
    assert found["amplifies rounding"] + found["not finite"] <= MOST_DISCARDED * PART, found
    assert dull <= MOST_DULL * PART, f"{dull} of {PART} hardly depend on their input"


@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(choices())
def test_everything_agrees_in_networks_that_shrink(c: Choices) -> None:
    """Few networks, but a failure is shown with the smallest source that hypothesis finds."""
    drawn = network(c)
    note(drawn.text())
    judge(drawn, c)


# --- the generator --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> list[Network]:
    return [network(from_seed(seed)) for seed in range(DRAWN)]


def test_every_op_is_drawn(drawn: list[Network]) -> None:
    text = "\n".join(one.text() for one in drawn)
    words = Counter(text.replace("(", " ").replace("[", " ").replace(",", " ").split())
    missing = [name for name in names() if not words[name]]
    assert not missing


def test_every_op_is_defined() -> None:
    """By the second implementation; `separable` is two layers there as well."""
    assert {*OPERATIONS, "separable"} == set(names())


def test_every_construct_is_drawn(drawn: list[Network]) -> None:
    text = "\n".join(one.text() for one in drawn)
    for construct in (
        *("block ", "default ", "let ", "shared ", "repeat ", "for ", "if ", "} else {"),
        *("residual {", "residual(drop", "residual(op=", "residual if ", "shortcut project"),
        *("shortcut {", " when training", "where ", "input x3", "tabular[", "sequence[", "image["),
        *("volume[", "same_upper", "pad=[[", "ceil=true", "groups=", "dilation=", "concat(width)"),
    ):
        assert construct in text, construct


def test_sizes_and_depths_differ(drawn: list[Network]) -> None:
    layers = [len(compiled(one.text()).steps) for one in drawn]
    assert min(layers) >= 5
    assert max(layers) > 90
    # A layer that takes two steps may be the last one.
    assert max(layers) <= MOST_LAYERS + 2
    assert sum(bool(one.symbols) for one in drawn) > DRAWN / 10


def test_a_seed_gives_the_same_network() -> None:
    decisions: list[int] = []
    text = network(recorded(7, decisions)).text()
    assert text == network(from_seed(7)).text() == network(replayed(decisions)).text()


def test_failures_become_small() -> None:
    """What a network must have to fail is nearly all that is left of it."""

    def fails(c: Choices) -> bool:
        return "attention" in network(c).text()

    seed = next(seed for seed in range(100) if fails(from_seed(seed)))
    decisions: list[int] = []
    network(recorded(seed, decisions))
    small = network(replayed(shrunk(decisions, fails, 2000))).text()
    assert "attention" in small
    assert len(small.splitlines()) < 20, small


def test_a_refused_network_is_a_disagreement(drawn: list[Network]) -> None:
    with pytest.raises(Disagreement, match="a legal network is refused: 3: linear"):
        compiled("network Net {\n  input x: image[3, 4, 4]\n  linear(3)\n}\n")
