"""Time grows with the lines of a file, and not with their square.

`python -m tests.bombs.growth` measures files of up to 100,000 lines.
"""

import pytest

from tests.bombs.growth import SHAPES, STAGES, seconds

pytestmark = pytest.mark.no_cover  # it takes time, which is measured here

LINES = 400
FOURFOLD = 8.0
"""Twice what linear growth takes: short runs on a busy machine are measured inexactly. Quadratic
growth takes 16 times as long."""


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_lines(shape: str, stage: str) -> None:
    seconds(shape, stage, 20)  # what is loaded at the first use
    few, many = (seconds(shape, stage, lines) for lines in (LINES, 4 * LINES))
    assert many < FOURFOLD * few + 0.05
