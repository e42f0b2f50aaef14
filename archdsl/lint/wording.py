"""How messages write numbers."""

from collections.abc import Sequence


def by_axes(sizes: Sequence[int]) -> str:
    """Sizes as papers write them: ``3x3``, ``7x7x512``; ``length 64`` along one axis."""
    return f"length {sizes[0]}" if len(sizes) == 1 else "x".join(map(str, sizes))


def amount(number: int) -> str:
    """A count in three digits or so: ``640``, ``41.0K``, ``102.8M``."""
    for unit, factor in (("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if number >= factor:
            return f"{number / factor:.1f}{unit}"
    return str(number)


def share(part: int, whole: int) -> str:
    """A part of a whole: ``102.8M of 138.4M parameters, 74 %``."""
    return f"{amount(part)} of {amount(whole)} parameters, {100 * part / whole:.0f} %"
