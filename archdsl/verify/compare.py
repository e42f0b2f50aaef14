"""Two float32 results of one computation against each other.

How far two right results may lie apart depends on the network. It is measured: the module runs in
float64 as well, and what its float32 result is off by is what rounding does to this network with
these weights. The other result may be off by eight times as much, and by 2e-6 of the largest value
where PyTorch happens to be exact.
"""

from typing import NamedTuple

from torch import Tensor

ROUNDING = 8.0
"""Times PyTorch's own error: other orders of summation round differently."""
FLOOR = 2e-6
"""Of the largest value: some tens of float32's unit of rounding."""


class Comparison(NamedTuple):
    """A result against float64, all figures relative to the largest value.

    Attributes:
        largest: the largest absolute value of the float64 result.
        torch_error: by how much PyTorch's float32 result is off.
        error: by how much the other result is off; infinite where shapes, infinities or NaNs
            differ.
    """

    largest: float
    torch_error: float
    error: float

    @property
    def allowed(self) -> float:
        """By how much the other result may be off."""
        return ROUNDING * self.torch_error + FLOOR

    @property
    def agrees(self) -> bool:
        return self.error <= self.allowed


def compare(exact: Tensor, single: Tensor, other: Tensor) -> Comparison:
    """A result against PyTorch's.

    Args:
        exact: PyTorch's, computed in float64.
        single: PyTorch's in float32, from the same input and weights.
        other: what is judged.
    """
    finite = exact.isfinite()
    largest = float(exact[finite].abs().max()) if finite.any() else 0.0
    return Comparison(largest, _error(exact, single, largest), _error(exact, other, largest))


def _error(exact: Tensor, found: Tensor, largest: float) -> float:
    if found.shape != exact.shape:
        return float("inf")
    found = found.double()
    finite = exact.isfinite()
    if not found[~finite].equal(exact[~finite]) or not found[finite].isfinite().all():
        return float("inf")
    if not finite.any():
        return 0.0
    difference = float((found[finite] - exact[finite]).abs().max())
    return difference / largest if largest else (float("inf") if difference else 0.0)
