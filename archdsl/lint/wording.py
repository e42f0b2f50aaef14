"""How messages write numbers and names."""

from collections.abc import Sequence

MOST_LISTED = 3


def by_axes(sizes: Sequence[int]) -> str:
    """Sizes as papers write them: ``3x3``, ``7x7x512``; ``length 64`` along one axis."""
    return f"length {sizes[0]}" if len(sizes) == 1 else "x".join(map(str, sizes))


def amount(number: int) -> str:
    """A count in three digits or so: ``640``, ``41.0K``, ``102.8M``."""
    for unit, factor in (("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if number >= factor:
            return f"{number / factor:.1f}{unit}"
    return str(number)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``fc``, ``conv1 and fc``, ``conv1, bn1, layer1 and 2 more``."""
    shown = list(names)
    if len(shown) > MOST_LISTED + 1:
        shown[MOST_LISTED:] = [f"{len(shown) - MOST_LISTED} more"]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]


def rate(factor: float) -> str:
    """A factor of the base rate: ``1.0``, ``0.1``, ``1e-05``."""
    text = f"{factor:.6g}"
    return f"{text}.0" if text.isdecimal() else text


def share(part: int, whole: int) -> str:
    """A part of a whole: ``102.8M of 138.4M parameters, 74 %``."""
    return f"{amount(part)} of {amount(whole)} parameters, {100 * part / whole:.0f} %"
