"""The oracle, tested: it sees mistakes that are planted in the compiler."""

import re

import pytest
import torch

from tests.differential.choices import from_seed
from tests.differential.mistakes import MISTAKES, Mistake
from tests.differential.networks import network
from tests.differential.oracle import judge
from tests.differential.programs import Network

pytestmark = pytest.mark.no_cover  # random: what they reach is no promise

NETWORKS = 400
"""Networks among which a mistake finds those that it can show in."""
BUDGET = 8
"""Networks that a mistake may pass before it has escaped."""
CAUGHT = 0.95

Drawn = dict[int, tuple[Network, str]]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Networks and their sources, by seed: drawn before anything is planted."""
    torch.set_num_threads(1)
    networks = {seed: network(from_seed(seed)) for seed in range(NETWORKS)}
    return {seed: (drawn, drawn.text()) for seed, drawn in networks.items()}


def escapes(mistake: Mistake, drawn: Drawn) -> bool:
    """Whether a planted mistake passes all networks of the budget."""
    fitting = [
        (seed, found) for seed, (found, text) in drawn.items() if re.search(mistake.needs, text)
    ]
    assert fitting, f"no network has {mistake.needs}, which {mistake.name!r} needs"
    for seed, found in fitting[:BUDGET]:
        with pytest.MonkeyPatch.context() as patch:
            mistake.plant(patch)
            try:
                judge(found, from_seed(seed))
            except Exception:
                return False
    return True


def test_planted_mistakes_are_seen(drawn: Drawn) -> None:
    assert len(MISTAKES) >= 30
    escaped = [mistake.name for mistake in MISTAKES if escapes(mistake, drawn)]
    share = 1 - len(escaped) / len(MISTAKES)
    assert share >= CAUGHT, f"{share:.0%} are seen; these are not: {'; '.join(escaped)}"


def test_nothing_stays_planted(drawn: Drawn) -> None:
    """Without a mistake the same networks pass, so that it is the mistake that is seen."""
    for seed in range(BUDGET):
        judge(drawn[seed][0], from_seed(seed))
