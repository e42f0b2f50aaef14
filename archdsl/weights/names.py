"""The names of a file against those of a network: levels between them, and layers called otherwise.

Candidates are looked up, not compared one by one, so that thousands of names take no time to speak
of.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

Shape = tuple[int, ...]

COUNTER = "num_batches_tracked"
"""The one tensor that is a whole number."""

NEAR = 0.5
"""The share of a layer's path that has to be the same at its ends for another one to be near it."""

_NEIGHBOURS = 3


class Level(NamedTuple):
    """What the names of one side have in them and those of the other lack.

    Attributes:
        start: how many parts stand before it.
        parts: one; several where they are the beginning, as of a wrapper in a wrapper.
    """

    start: int
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)

    def dropped(self, name: str) -> str:
        """The name without it."""
        parts = name.split(".")
        end = self.start + len(self.parts)
        if end < len(parts) and tuple(parts[self.start : end]) == self.parts:
            del parts[self.start : end]
        return ".".join(parts)


def level_between(longer: Iterable[str], shorter: Collection[str]) -> Level | None:
    """The level without which more than half of the shorter names are among the longer ones."""
    wanted = set(shorter)
    votes: Counter[Level] = Counter()
    for name in longer:
        parts = name.split(".")
        for start in range(len(parts) - 1):
            for end in range(start + 1, start + 2 if start else len(parts)):
                if ".".join(parts[:start] + parts[end:]) in wanted:
                    votes[Level(start, tuple(parts[start:end]))] += 1
    if not votes:
        return None
    ((found, count),) = votes.most_common(1)
    return found if 2 * count > len(wanted) else None


def counterparts(missing: Mapping[str, Shape], unexpected: Mapping[str, Shape]) -> dict[str, str]:
    """For missing names the unexpected ones that are probably meant, each once.

    Shapes that are the same in the same order say more than names do. Otherwise names have to be
    alike, among those of the same shape first.
    """
    if list(missing.values()) == list(unexpected.values()):
        return dict(zip(missing, unexpected, strict=True))
    found: dict[str, str] = {}
    by_shape: dict[Shape, list[str]] = {}
    for name, shape in unexpected.items():
        by_shape.setdefault(shape, []).append(name)
    wanted: dict[Shape, list[str]] = {}
    for name, shape in missing.items():
        wanted.setdefault(shape, []).append(name)
    for shape, names in wanted.items():
        found |= _alike(names, by_shape.get(shape, []))
    taken = set(found.values())
    return found | _alike(
        [name for name in missing if name not in found],
        [name for name in unexpected if name not in taken],
    )


def _alike(names: Collection[str], others: Collection[str]) -> dict[str, str]:
    """Pairs of names that are near each other, the nearest ones first."""
    forwards = sorted(others)
    backwards = sorted(other[::-1] for other in others)
    pairs = sorted(
        (-score, name, other)
        for name in names
        for other in {
            *_around(forwards, name),
            *(other[::-1] for other in _around(backwards, name[::-1])),
        }
        if (score := _likeness(name, other)) >= NEAR
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, name, other in pairs:
        if name not in found and other not in taken:
            found[name] = other
            taken.add(other)
    return found


def _around(names: list[str], name: str) -> list[str]:
    """Those that a name would stand between: they begin as it does."""
    place = bisect(names, name)
    return names[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]


def _likeness(name: str, other: str) -> float:
    """The share of the longer one of two paths that both begin and end with."""
    layer, _, tensor = name.rpartition(".")
    other_layer, _, other_tensor = other.rpartition(".")
    if tensor == other_tensor:
        # That both are called `weight` says little.
        name, other = layer, other_layer
    same = _common(name, other) + _common(name[::-1], other[::-1])
    return min(same, len(name), len(other)) / max(len(name), len(other), 1)


def _common(name: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(name, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(name), len(other)))
